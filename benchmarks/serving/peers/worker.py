"""One engine in its own process, driven by lines of JSON, so that two can take turns and peak memory is each one's own.

    python -m benchmarks.serving.peers.worker konspekt|llama.cpp MODEL.gguf THREADS

In: {"op": name, ...numbers}. Out: {"seconds": …, …}. Both get the same token ids and greedy sampling.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Protocol


class Peer(Protocol):
    """`run` reads the prompts and answers each with `tokens` greedy tokens, all together.

    -> {"first": seconds until every prompt has its first token, "total": seconds in all, "tokens": [[…], …],
        "processor_first", "processor_total": the same in seconds of this process's processor time}.
    `keep` leaves the keys and values for a later run whose prompt begins alike.
    """

    def run(
        self, prompts: list[list[int]], tokens: int, *, keep: bool = False, lookup: bool = False
    ) -> dict[str, Any]: ...


def peak_memory() -> int:
    """Peak resident bytes of this process."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) << 10
    return 0


def main() -> None:
    kind, path, threads = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    if kind == "konspekt":
        from benchmarks.serving.peers.konspekt_peer import KonspektPeer as Chosen
    else:
        from benchmarks.serving.peers.llama_cpp_peer import LlamaCppPeer as Chosen  # type: ignore[assignment]
    peer: Peer = Chosen(path, threads)
    print(json.dumps({"ready": kind}), flush=True)
    for line in sys.stdin:
        request = json.loads(line)
        answer = {"peak": peak_memory()} if request["op"] == "memory" else peer.run(**request["args"])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
