"""A saved course page → the HTML of its text: menus, buttons and what is hidden go; asides, notes and tasks stay.

Extractors made for news drop exactly what a course page is full of; docs/decisions/0010 has the comparison.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bs4 import BeautifulSoup, Tag

# Never text of the page, wherever they occur.
_SILENT = (
    "style", "noscript", "template", "svg", "iframe", "nav", "input", "button", "select", "option", "textarea",
    "object", "canvas", "dialog",
)  # fmt: skip
_SILENT_ROLES = frozenset({"navigation", "search", "menu", "menubar", "toolbar", "dialog", "banner", "contentinfo"})
_FURNITURE = re.compile(
    r"(?:^|[\s_-])(?:sidebar|side-?nav|menu|navbar|nav|toc|breadcrumbs?|cookies?|share|social|related|pagination|pager|"
    r"promo|subscribe|skip-?link|headerlink|anchor-?link|prev-?next)(?:$|[\s_-])",
    re.IGNORECASE,
)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
MOSTLY_LINKS = 0.5  # share of the words of a block that are links: a menu, not a text
MAIN_SHARE = 0.5  # of the page's words, that a <main> must hold to be the page


def main_part(soup: BeautifulSoup) -> tuple[Tag, list[str]]:
    """The part of a page that is text, and its formulas: number n stands in the text as `formula_mark(n)`."""
    formulas = _take_formulas(soup)
    for tag in soup(list(_SILENT)):
        tag.decompose()
    for tag in soup.find_all("script"):
        tag.decompose()
    for tag in soup.find_all(_is_hidden):
        tag.decompose()
    for tag in soup.find_all(_is_furniture):
        if not tag.decomposed:
            tag.decompose()
    for tag in soup.find_all(["header", "footer", "aside"]):
        if not tag.decomposed and _is_page_edge(tag):
            tag.decompose()
    body = soup.body or soup
    main = soup.find("main") or soup.find(role="main")
    if main is not None and _length(main) >= MAIN_SHARE * _length(body):
        return main, formulas
    return body, formulas


def formula_mark(number: int) -> str:
    """Letters and digits only: no converter escapes them."""
    return f"zzFORMULA{number}zz"


def _take_formulas(soup: BeautifulSoup) -> list[str]:
    """TeX of MathJax, KaTeX and MathML, each in the place of what shows it."""
    formulas: list[str] = []

    def put(tag: Tag, tex: str, display: bool) -> None:
        sign = "$$" if display else "$"
        tag.replace_with(formula_mark(len(formulas)))
        formulas.append(f"{sign}{tex.strip()}{sign}")

    for script in soup.find_all("script", type=re.compile(r"^math/tex")):
        for shown in script.find_all_previous(class_=re.compile(r"^MathJax"), limit=2):
            if shown.next_sibling is script or shown.find_next_sibling("script") is script:
                shown.decompose()
        put(script, script.get_text(), "display" in str(script.get("type")))
    for tag in soup.find_all(["mjx-container", "math", "span"]):
        if tag.decomposed or (tag.name == "span" and "katex" not in (tag.get("class") or ())):
            continue
        display = tag.get("display") in ("true", "block") or "katex-display" in ((tag.parent or tag).get("class") or ())
        source = tag.find("annotation", encoding="application/x-tex")
        inner = tag if tag.name == "math" else tag.find("math")
        if source is not None:
            put(tag, source.get_text(), display)
        elif inner is not None and inner.get("alttext"):
            put(tag, str(inner["alttext"]), display)
    return formulas


def _is_hidden(tag: Tag) -> bool:
    return (
        tag.has_attr("hidden") or bool(_HIDDEN.search(str(tag.get("style") or ""))) or tag.get("aria-hidden") == "true"
    )


def _is_furniture(tag: Tag) -> bool:
    """A block that says it is a menu and is one: full of links. A note in a box called `sidebar` stays."""
    if tag.name in ("body", "main", "article", "html"):
        return False
    if tag.get("role") in _SILENT_ROLES and not tag.find(["h1", "main", "article"]):
        return True
    names = " ".join([*(tag.get("class") or ()), str(tag.get("id") or "")])
    return bool(_FURNITURE.search(names)) and _link_share(tag) > MOSTLY_LINKS


def _is_page_edge(tag: Tag) -> bool:
    """A header, footer or aside of the page, and not of an article: without a title or a text of its own."""
    if tag.find_parent(["article", "main", "section"]) is not None:
        return False
    if tag.name == "aside":
        return _link_share(tag) > MOSTLY_LINKS
    return tag.name == "footer" or tag.find("h1") is None


def _link_share(tag: Tag) -> float:
    linked = sum(_length(link) for link in tag.find_all("a"))
    return linked / max(_length(tag), 1)


def _length(tag: Tag) -> int:
    return len(tag.get_text(" ", strip=True))
