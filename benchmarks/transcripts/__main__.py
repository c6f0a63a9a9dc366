"""Holds the talks of `talks.toml` with the real bot and writes them down.

    python -m benchmarks.transcripts [--homes FOLDER] [--model] [--only ID ...] [--to FOLDER]

`konspekt bot` (with `--model`: `konspekt run`, which serves LOCAL_MODEL) runs as a process of its own against a fake
Bot API on this machine. Each talk is a chat of its own: a turn is said when the answer to the one before has arrived.
`--homes` holds an indexed home per material (`sample`, `seeds`), which is copied; without it the sample is indexed.
Transcripts over the sample go to `sample_quotes.md` or `sample_model.md` with their answers; over other material, which
is other people's, only questions and verdicts, to `others_quotes.md`, and all of it to `--to`. Verdicts are read from
`verdicts.toml` and hold for the very answers that they were given for, with a model or without: when an answer changed,
the transcript says so.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.common.paths import ROOT
from benchmarks.transcripts.held import Held, hold
from benchmarks.transcripts.homes import made_home
from benchmarks.transcripts.talks import read_talks
from benchmarks.transcripts.written import write, write_all

OURS = "sample"
HERE = Path(__file__).parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--homes", type=Path, help="a folder with an indexed home per material")
    parser.add_argument("--model", action="store_true", help="with LOCAL_MODEL")
    parser.add_argument("--only", nargs="+", default=(), help="ids of talks; nothing is written into the repository")
    parser.add_argument("--to", type=Path, default=ROOT / "build" / "transcripts", help="where everything is written")
    options = parser.parse_args()
    mode = "model" if options.model else "quotes"
    talks = [talk for talk in read_talks() if not options.only or talk.id in options.only]
    for name in dict.fromkeys(talk.home for talk in talks):
        with made_home(name, options.homes) as home:
            if home is None:
                print(f"{name}: left out, it is not indexed here", file=sys.stderr)
                continue
            held: list[Held] = []
            of_home = [talk for talk in talks if talk.home == name]
            for one in hold(of_home, home, with_model=options.model):  # written as it goes: with a model it takes long
                held.append(one)
                write_all(held, options.to / f"{name}_{mode}.md", mode)
        if not options.only:
            write(held, HERE / f"{'sample' if name == OURS else 'others'}_{mode}.md", mode, ours=name == OURS)


if __name__ == "__main__":
    main()
