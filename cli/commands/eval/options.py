"""What both kinds of `konspekt eval` are given."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

# `\[`: a bracket of the text, not of rich's markup
QuestionFile = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, help='JSON lines: {"question": …, "accept": \\[phrase, …]}.')
]
Split = Annotated[str | None, typer.Option(help="Only the questions of this split, e.g. tune or heldout.")]
AsJson = Annotated[bool, typer.Option("--json", help="One object with all numbers.")]
Out = Annotated[Path, typer.Option("--out", dir_okay=False, help="The file to write; `-`: standard output.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite the file.")]
