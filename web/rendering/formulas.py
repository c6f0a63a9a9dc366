"""LaTeX as MathML, which every browser shows without a script or a font of ours.

`latex2mathml` puts raw text and any attribute into what it writes (`\\text{<script>}`, `\\href{javascript:…}`), so its
tree is written out here, of known elements and attributes alone.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape, unescape
from xml.etree.ElementTree import Element

LONGEST = 600  # characters; a formula of a post is a line
DEEPEST = 40  # nested groups
MATH = re.compile(
    r"(?P<code>```.*?(?:```|\Z)|`[^`\n]+`)|\$\$(?P<shown>[^$]+?)\$\$|\\\[(?P<boxed>.+?)\\\]|\\\((?P<round>.+?)\\\)"
    r"|(?<![\\$\w])\$(?![\s$])(?P<within>[^$\n]*(?:\n[^$\n]+)?)(?<![\s\\])\$(?![\d$])",
    re.DOTALL,
)
LAYOUT = ("math", "mrow", "mstyle", "mpadded", "mphantom", "menclose", "mspace", "mtable", "mtr", "mtd")
SYMBOLS = ("mi", "mo", "mn", "mtext")
BUILT = ("msup", "msub", "msubsup", "mfrac", "msqrt", "mroot", "mover", "munder", "munderover")
ELEMENTS = frozenset((*LAYOUT, *SYMBOLS, *BUILT))
ATTRIBUTES = frozenset({"display", "stretchy", "fence", "form", "mathvariant", "accent", "linethickness", "width"})
PLAIN_VALUE = re.compile(r"[\w.%-]{1,24}")


@lru_cache(maxsize=2048)
def formula_html(latex: str, *, display: bool = False) -> str:
    """MathML, or the LaTeX itself as code where it cannot be read."""
    inside = latex.strip()
    if len(inside) <= LONGEST and inside.count("{") <= DEEPEST:
        from latex2mathml.converter import convert_to_element

        try:
            tree = convert_to_element(inside, display="block" if display else "inline")
            return _written(tree)
        except Exception:  # noqa: S110 - whatever a stranger's LaTeX makes of the library, it stays LaTeX
            pass
    return f"<code>{escape(inside)}</code>"


def _written(element: Element) -> str:
    """Text in it is text: what was an entity is a character, what was a tag is seen."""
    inner = escape(unescape(element.text or "")) + "".join(
        _written(child) + escape(unescape(child.tail or "")) for child in element
    )
    if element.tag not in ELEMENTS:
        return f"<mrow>{inner}</mrow>"
    attributes = "".join(
        f' {name}="{value}"'
        for name, value in element.attrib.items()
        if name in ATTRIBUTES and PLAIN_VALUE.fullmatch(value)
    )
    if element.attrib.get("display") == "block":  # a long one is scrolled, by the keyboard too
        attributes += ' tabindex="0"'
    return f"<{element.tag}{attributes}>{inner}</{element.tag}>"


def says_mathematics(latex: str) -> bool:
    """Whether it holds a sign of LaTeX: in plain text, dollars are prices too."""
    return re.search(r"[\\^_={}]", latex) is not None


def latex_of(match: re.Match[str]) -> tuple[str, bool] | None:
    """The formula of a match of MATH, and whether it stands apart; None for code."""
    shown = match["shown"] or match["boxed"]
    latex = shown or match["round"] or match["within"]
    return (latex, bool(shown)) if latex and match["code"] is None else None
