"""Transcripts as Markdown, with their verdicts (`verdicts.toml`)."""

from __future__ import annotations

import hashlib
import tomllib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks.transcripts.held import Held
from benchmarks.transcripts.shown import as_markdown
from benchmarks.transcripts.talks import Turn

VERDICTS = Path(__file__).with_name("verdicts.toml")
MODES = {"quotes": "without a model", "model": "with the model that `konspekt run` serves"}
NOT_READ = "not judged"


def write(held: Sequence[Held], path: Path, mode: str, *, ours: bool) -> None:
    """`ours`: with the bot's answers; else only what was asked, and the verdict."""
    verdicts = [_verdict(one, mode) for one in held]
    counts = Counter(verdict.split(":")[0] for verdict in verdicts)
    told = ", ".join(f"{count} {name}" for name, count in counts.most_common())
    parts = [f"# Talks {MODES[mode]}: {len(held)}\n\n{told}. A verdict is of the whole talk, by its worst answer.\n"]
    parts += [_talk(one, verdict, answers=ours) for one, verdict in zip(held, verdicts, strict=True)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(parts), "utf-8")


def write_all(held: Sequence[Held], path: Path, mode: str) -> None:
    """Everything, with the digests that verdicts refer to."""
    write(held, path, mode, ours=True)
    lines = [f"{one.talk.id} {digest(one)}" for one in held]
    path.with_suffix(".digests").write_text("\n".join(lines) + "\n", "utf-8")


def digest(held: Held) -> str:
    """Of all that the bot said; a verdict is of these answers and no others."""
    said = "\n".join(str(message.get("html", "")) for _, messages in held.lines for message in messages)
    return hashlib.sha256(said.encode()).hexdigest()[:12]


def _verdict(held: Held, mode: str) -> str:
    given = tomllib.loads(VERDICTS.read_text("utf-8")) if VERDICTS.exists() else {}
    other = next(name for name in MODES if name != mode)
    of_the_talk = [given[name][held.talk.id] for name in (mode, other) if held.talk.id in given.get(name, {})]
    if not of_the_talk:
        return NOT_READ
    same = digest(held)
    verdict = next((one for one in of_the_talk if one["of"] == same), None)
    if verdict is None:
        return f"{NOT_READ}: the answers changed since ({of_the_talk[0]['is']})"
    return f"{verdict['is']}: {verdict['why']}" if verdict.get("why") else str(verdict["is"])


def _talk(held: Held, verdict: str, *, answers: bool) -> str:
    parts = [f"## {held.talk.id}\n\n{held.talk.who}. **Verdict: {verdict}**\n"]
    for turn, messages in held.lines:
        parts.append(f"**Reader:** {_said(turn)}\n")
        if answers:
            lines = [line for message in messages for line in as_markdown(message)]
            parts.append("\n".join(f"> {line}".rstrip() for line in lines) + "\n")
    return "\n".join(parts)


def _said(turn: Turn) -> str:
    if turn.press:
        return f"presses “{turn.press}”"
    notes = [note for note, true in (("with a photo", turn.photo), ("as a reply", turn.reply)) if true]
    if turn.quote:
        notes.append(f"quoting “{turn.quote}”")
    return f"{turn.say} _({', '.join(notes)})_" if notes else turn.say
