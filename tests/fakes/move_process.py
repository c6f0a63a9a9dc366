"""A move in a process of its own that kills itself: `python -m tests.fakes.move_process OLD NEW BATCH [KILLS …]`.

KILLS are numbers of checkpoints: at the first of them SIGKILL comes to a first child, at the second to the next child,
and so on; the last one runs to the end. Children are forked, so that nothing has to be imported again for each.
"""

from __future__ import annotations

import os
import signal
import sys

from konspekt.storage.database import Database
from konspekt.storage.moving.move import Move
from konspekt.storage.moving.tables import all_parts


def run(old: str, new: str, batch: int, kill_at: int | None) -> None:
    passes = 0

    def checkpoint(_name: str) -> None:
        nonlocal passes
        passes += 1
        if passes == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    Move(Database(old), Database(new), batch=batch, checkpoint=checkpoint).run()


def main() -> None:
    old, new, batch, *kills = sys.argv[1:]
    all_parts()  # imports what the children need
    for kill_at in [*map(int, kills), None]:
        child = os.fork()
        if not child:
            run(old, new, int(batch), kill_at)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        print("killed" if os.WIFSIGNALED(status) else f"ended {os.waitstatus_to_exitcode(status)}", flush=True)


if __name__ == "__main__":
    main()
