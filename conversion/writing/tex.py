"""Short formulas in TeX as Unicode, for networks that draw none: only where nothing of them is lost."""

from __future__ import annotations

import re

from konspekt.conversion.document import Blocks, Run
from konspekt.conversion.rewriting import map_runs

_INLINE = re.compile(r"\$\$?(?!\s)([^$\n]{1,200}?)(?<!\s)\$\$?(?!\d)|\\\((.{1,200}?)\\\)|\\\[(.{1,200}?)\\\]")
_GREEK_LETTERS = """
alpha α beta β gamma γ delta δ epsilon ε varepsilon ε zeta ζ eta η theta θ iota ι kappa κ lambda λ mu μ nu ν xi ξ pi π
rho ρ sigma σ tau τ upsilon υ phi φ varphi φ chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ
Phi Φ Psi Ψ Omega Ω
"""
_GREEK = _GREEK_LETTERS.split()
_LETTERS = dict(zip(_GREEK[::2], _GREEK[1::2], strict=True))
_SIGNS = {
    "times": "×",
    "cdot": "·",
    "pm": "±",
    "approx": "≈",
    "sim": "~",
    "le": "≤",
    "leq": "≤",
    "ge": "≥",
    "geq": "≥",
    "ne": "≠",
    "neq": "≠",
    "ll": "≪",
    "gg": "≫",
    "to": "→",
    "rightarrow": "→",
    "infty": "∞",
    "in": "∈",
    "sum": "∑",
    "prod": "∏",
    "int": "∫",
    "partial": "∂",
    "nabla": "∇",
    "ldots": "…",
    "dots": "…",
    "log": "log",
    "ln": "ln",
    "exp": "exp",
    "max": "max",
    "min": "min",
    "sin": "sin",
    "cos": "cos",
    "tanh": "tanh",
    "softmax": "softmax",
    "quad": " ",
    "left": "",
    "right": "",
    ",": " ",
    ";": " ",
    "!": "",
    "%": "%",
    "{": "{",
    "}": "}",
    "|": "‖",
}
_SPACED = {"times", "approx", "le", "leq", "ge", "geq", "ne", "neq", "to", "rightarrow", "in", "sim", "pm"}
_NAMED = ("mathrm", "text", "operatorname", "textrm", "mathit")
_UP = str.maketrans("0123456789+-=()niTxyk", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿⁱᵀˣʸᵏ")
_DOWN = str.maketrans("0123456789+-=()aeijkmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑᵢⱼₖₘₙₒₚᵣₛₜᵤᵥₓ")
_TOKEN = re.compile(r"\\[A-Za-z]+\s*|\\.|[{}^_]|[^\\{}^_]")


def unicode_of(tex: str) -> str | None:
    """The formula in Unicode; None where that would lose something: a matrix, an unknown command."""
    tokens = [token.strip() if token.startswith("\\") else token for token in _TOKEN.findall(tex)]
    try:
        text, rest = _until(tokens, None)
    except (ValueError, IndexError):
        return None
    return None if rest else re.sub(r" {2,}", " ", text).strip()


def _until(tokens: list[str], end: str | None) -> tuple[str, list[str]]:
    """The text up to a closing brace, and what comes after. Raises ValueError for what has no Unicode."""
    text = ""
    while tokens:
        sign, tokens = tokens[0], tokens[1:]
        if sign == end:
            return text, tokens
        if sign in "^_":
            argument, tokens = _argument(tokens)
            table = _UP if sign == "^" else _DOWN
            if any(ord(char) not in table for char in argument):
                raise ValueError(argument)
            text += argument.translate(table)
        elif sign == "{":
            inner, tokens = _until(tokens, "}")
            text += inner
        elif sign == "}":
            raise ValueError(sign)
        elif sign.startswith("\\"):
            piece, tokens = _command(sign[1:], tokens)
            text += piece
        else:
            text += sign
    if end is not None:
        raise ValueError(end)
    return text, tokens


def _command(name: str, tokens: list[str]) -> tuple[str, list[str]]:
    if name in _LETTERS:
        return _LETTERS[name], tokens
    if name in _SIGNS:
        spaced = name in _SPACED
        word = _SIGNS[name]
        if word.isalpha() and word.isascii():
            return f"{word} " if tokens and tokens[0] not in ("(", "_", "^") else word, tokens
        return f" {word} " if spaced else word, tokens
    if name in _NAMED:
        return _argument(tokens)
    if name == "sqrt" and tokens and tokens[0] != "[":
        inner, tokens = _argument(tokens)
        return f"√{inner}" if len(inner) == 1 or inner.isdigit() else f"√({inner})", tokens
    if name == "frac":
        above, tokens = _argument(tokens)
        below, tokens = _argument(tokens)
        return f"{_grouped(above)}/{_grouped(below)}", tokens
    raise ValueError(name)


def _grouped(text: str) -> str:
    if re.fullmatch(r"√?[\w.]+|√?\([^()]*\)", text):
        return text
    if re.search(r"[()/]", text):
        raise ValueError(text)
    return f"({text})"


def _argument(tokens: list[str]) -> tuple[str, list[str]]:
    while tokens and tokens[0] == " ":
        tokens = tokens[1:]
    first, rest = tokens[0], tokens[1:]
    if first == "{":
        return _until(rest, "}")
    if first.startswith("\\"):
        return _command(first[1:], rest)
    return first, rest


def without_tex(blocks: Blocks) -> Blocks:
    """The blocks with their formulas in Unicode; what has none stays TeX."""

    def change(run: Run) -> Run:
        if run.kind != "text" or run.url is not None or "code" in run.marks:
            return run
        return run.with_text(_INLINE.sub(_shown, run.text))

    return map_runs(blocks, change)


def _shown(match: re.Match[str]) -> str:
    tex = match[1] or match[2] or match[3]
    if not re.search(r"[\\^_]|^[A-Za-z]$|^[A-Za-z0-9\s+=<>()-]*[=<>+][A-Za-z0-9\s+=<>().-]*$", tex):
        return match[0]  # "$5 or $6" is money
    said = unicode_of(tex)
    return match[0] if said is None else said


def tex_left(text: str) -> list[str]:
    """Formulas of a finished text that are still TeX."""
    found = [match[0] for match in _INLINE.finditer(text)]
    return [one for one in found if re.search(r"\\[A-Za-z]", one)]
