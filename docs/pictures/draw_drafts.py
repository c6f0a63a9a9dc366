"""Draws the pictures of docs/conversion.md from real drafts of the sample channel.

python docs/pictures/draw_drafts.py
"""

from __future__ import annotations

import textwrap
from html import escape
from pathlib import Path

from konspekt.conversion.by_rule.convert import convert
from konspekt.conversion.document import Post
from konspekt.conversion.draft import Part
from konspekt.conversion.network import Network
from konspekt.conversion.networks import network
from konspekt.conversion.posts.reading import read_file

HERE = Path(__file__).parent
SAMPLE = HERE.parents[1] / "sample" / "channel" / "result.json"
WIDTH, PAD, LINE, WRAP = 560, 24, 22, 58
LOOKS = {"x": ("#0f1419", "#1d9bf0"), "bluesky": ("#0b0f14", "#1083fe"), "linkedin": ("#1b1f23", "#0a66c2")}


def lines_of(text: str) -> list[str]:
    found: list[str] = []
    for line in text.split("\n"):
        found += textwrap.wrap(line, WRAP, break_long_words=True) or [""]
    return found


def linked_words(part: Part, one: Network) -> list[str]:
    """Words that the network shows as links: by facets, or addresses and hashtags in the text."""
    if part.facets:
        data = part.text.encode()
        spans = [facet["index"] for facet in part.facets]
        return [word for span in spans for word in data[span["byteStart"] : span["byteEnd"]].decode().split()]
    shown = one.readable(part.text) if one.readable else part.text
    return [word.strip("().") for word in shown.split() if "://" in word or word.startswith("#")]


def card(part: Part, one: Network, top: int) -> tuple[str, int]:
    ink, accent = LOOKS[one.name]
    shown = one.readable(part.text) if one.readable else part.text
    rows = lines_of(shown)
    height = PAD * 2 + 30 + len(rows) * LINE + 18
    out = [f'<rect x="8" y="{top}" width="{WIDTH - 16}" height="{height}" rx="14" fill="#fff" stroke="#d7dde3"/>']
    out.append(f'<circle cx="{PAD + 16}" cy="{top + PAD + 8}" r="14" fill="{accent}"/>')
    out.append(f'<text x="{PAD + 42}" y="{top + PAD + 13}" font-weight="600" fill="{ink}">Konspekt</text>')
    links = linked_words(part, one)
    for number, row in enumerate(rows):
        words = []
        for word in row.split(" "):
            blue = any(word.strip("().,") == link.strip("().,") and link for link in links)
            words.append(f'<tspan fill="{accent}">{escape(word)}</tspan>' if blue else escape(word))
        y = top + PAD + 44 + number * LINE
        out.append(f'<text x="{PAD}" y="{y}" fill="{ink}" xml:space="preserve">{" ".join(words)}</text>')
    count = f"{part.length} / {part.limit}"
    right, bottom = WIDTH - PAD, top + height - 12
    out.append(f'<text x="{right}" y="{bottom}" text-anchor="end" font-size="12" fill="#6b7785">{count}</text>')
    return "".join(out), height


def draw(post: Post, name: str) -> str:
    one = network(name)
    top, cards = 8, []
    for part in convert(post, one).parts:
        body, height = card(part, one, top)
        cards.append(body)
        top += height + 10
    font = "font-family='system-ui, Segoe UI, Roboto, sans-serif' font-size='15'"
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{WIDTH}' height='{top}' viewBox='0 0 {WIDTH} {top}' {font}>"
        f"<rect width='100%' height='100%' fill='#f4f6f8'/>{''.join(cards)}</svg>\n"
    )


if __name__ == "__main__":
    found = {post.id.rsplit("/", 1)[-1]: post for post in read_file(SAMPLE) if isinstance(post, Post)}
    for name in LOOKS:
        (HERE / f"conversion-{name}.svg").write_text(draw(found["11"], name), "utf-8")
