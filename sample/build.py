"""Builds what is generated of the sample: the channel export, its pictures, the notebook's outputs and the PDF handout.

Run from anywhere: `python sample/build.py`. Needs the dev extra (fpdf2, nbformat, matplotlib). The results are
committed, so that a user of the sample needs none of this; a test checks that the export matches `builders/posts.markup`.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from builders import export, handout, notebook, pictures, subtitles  # noqa: E402


def main() -> None:
    pictures.draw(HERE / "channel" / "photos")
    count = export.write(HERE / "builders" / "posts.markup", HERE / "channel" / "result.json")
    notebook.write(HERE / "course" / "05-int8-by-hand.ipynb")
    subtitles.write(HERE / "course")
    handout.write(HERE / "course" / "09-handout.pdf")
    print(f"{count} messages, 5 parts built in {HERE}")


if __name__ == "__main__":
    main()
