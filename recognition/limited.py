"""A program within limits, in this process's place: `python -m konspekt.recognition.limited BYTES SECONDS PROGRAM …`.

Limits are set by the process itself before the program begins: nothing has to run between a fork and an exec of the
bot, which has threads.
"""

from __future__ import annotations

import os
import sys

from konspekt.recognition.limits import allow_cpu, forbid_files, limit_memory


def main() -> None:
    memory, seconds, program = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3:]
    limit_memory(memory)
    allow_cpu(seconds)
    forbid_files()
    os.execvp(program[0], program)  # noqa: S606 - a list of arguments, no shell


if __name__ == "__main__":
    main()
