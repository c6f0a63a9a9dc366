"""LaTeX formulas as Unicode, where that says exactly the same; Telegram shows no others."""

from __future__ import annotations

import re
import unicodedata

_NAMED = """
    alpha α beta β gamma γ delta δ epsilon ϵ varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι kappa κ lambda
    λ mu μ nu ν xi ξ pi π rho ρ sigma σ tau τ upsilon υ phi ϕ varphi φ chi χ psi ψ omega ω Gamma Γ Delta Δ Theta
    Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Phi Φ Psi Ψ Omega Ω sum ∑ prod ∏ int ∫ partial ∂ nabla ∇ infty ∞ cdot · times ×
    div ÷ pm ± mp ∓ le ≤ leq ≤ ge ≥ geq ≥ ne ≠ neq ≠ approx ≈ sim ∼ simeq ≃ propto ∝ equiv ≡ in ∈ notin ∉ subset
    ⊂ cup ∪ cap ∩ to → rightarrow → leftarrow ← Rightarrow ⇒ mapsto ↦ ldots … dots … cdots ⋯ top ⊤ circ ∘ odot ⊙
    oplus ⊕ otimes ⊗ langle ⟨ rangle ⟩ forall ∀ exists ∃ ll ≪ gg ≫ star ⋆ prime ′ ell ℓ | ‖ Vert ‖ lVert ‖ rVert
    ‖ lvert | rvert | { { } } % % _ _ & & # # $ $
"""
_SIGNS = _NAMED.split()
_FUNCTIONS = frozenset({"log", "ln", "exp", "max", "min", "sin", "cos", "tan", "arg", "det", "dim", "softmax", "Pr"})
_SPACES = {",": " ", ";": " ", ":": " ", " ": " ", "quad": "  ", "qquad": "  ", "!": "", "mid": " | "}
_SIZES = re.compile(r"(?:left|right|[bB]igg?[lr]?|displaystyle|limits|nolimits)$")
_SYMBOLS = dict(zip(_SIGNS[::2], _SIGNS[1::2], strict=True)) | _SPACES
_ACCENTS = {"bar": "\u0304", "hat": "\u0302", "tilde": "\u0303", "dot": "\u0307", "vec": "\u20d7", "overline": "\u0304"}
_FONTS = {"mathcal": "SCRIPT", "mathbb": "DOUBLE-STRUCK", "mathbf": "BOLD", "boldsymbol": "BOLD"}
_UPRIGHT = frozenset({"mathrm", "text", "operatorname", "textrm", "mathit", "mathsf"})
_FRACTIONS = frozenset({"frac", "tfrac", "dfrac"})
_ABOVE = dict(zip("0123456789+-−=()nianmkTtx⊤′*", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿⁱᵃⁿᵐᵏᵀᵗˣᵀ′*", strict=True))
_BELOW = dict(zip("0123456789+-−=()aeijklmnoprstuvxβρ", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵨ", strict=True))
_SINGLE_FRACTIONS = {("1", "2"): "½", ("1", "3"): "⅓", ("1", "4"): "¼", ("3", "4"): "¾"}
_SIGN_OF = re.compile(r"\\(?:[A-Za-z]+|.)|[{}^_]|\s+|.", re.DOTALL)
_RELATION = re.compile(r"\s*([=≈∼≤≥≠∝→⇒≡∈≪≫])\s*")
_DEEPEST = 12


class _NotExactError(Exception):
    """Something that Unicode has no exact writing for."""


def in_unicode(latex: str) -> str | None:
    """`x_{t-1}` as `xₜ₋₁`, `\\frac{a}{b}` as `a/b`; None for what cannot be said so, a matrix for example."""
    reader = _Reader([match.group() for match in _SIGN_OF.finditer(latex)])
    try:
        text = reader.until(None)
    except (_NotExactError, IndexError):
        return None
    text = _RELATION.sub(r" \1 ", text)
    text = re.sub(r"(?<=[(\[⟨]) +", "", re.sub(r" {2,}", " ", text))
    return unicodedata.normalize("NFC", text.strip()) or None


class _Reader:
    def __init__(self, signs: list[str]) -> None:
        self._signs = signs
        self._at = 0
        self._depth = 0

    def until(self, end: str | None) -> str:
        """What stands up to the sign `end`, or to the last one."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise _NotExactError
        written: list[str] = []
        while self._at < len(self._signs):
            sign = self._signs[self._at]
            if sign == end:
                self._at += 1
                self._depth -= 1
                return "".join(written)
            written.append(self._one())
        if end is not None:
            raise _NotExactError
        self._depth -= 1
        return "".join(written)

    def _one(self) -> str:
        sign = self._signs[self._at]
        self._at += 1
        if sign == "{":
            return self.until("}")
        if sign in {"^", "_"}:
            return _script(self._argument(), _ABOVE if sign == "^" else _BELOW, sign)
        if sign.isspace():
            return " "
        if sign == "-":
            return "−"
        if sign in {"}", "&"}:
            raise _NotExactError
        return self._command(sign[1:]) if sign[0] == "\\" and len(sign) > 1 else sign

    def _argument(self) -> str:
        """What a command or an index applies to: a group, or one symbol."""
        while self._signs[self._at].isspace():
            self._at += 1
        return self._one().strip()

    def _command(self, name: str) -> str:
        if name in _SYMBOLS:
            return _SYMBOLS[name]
        if name in _FUNCTIONS:
            return f" {name}"
        if _SIZES.match(name):
            return ""
        if name in _FRACTIONS:
            above, below = self._argument(), self._argument()
            single = _SINGLE_FRACTIONS.get((above, below))
            return single or f"{_bracketed(above)}/{_bracketed(below)}"
        if name == "sqrt":
            return f"√{_bracketed(self._argument())}"
        if name in _UPRIGHT:
            return self._argument()
        if name in _ACCENTS:
            letter = self._argument()
            if len(letter) == 1:
                return letter + _ACCENTS[name]
        if name in _FONTS:
            return "".join(_in_font(letter, _FONTS[name]) for letter in self._argument())
        raise _NotExactError


def _script(text: str, signs: dict[str, str], mark: str) -> str:
    """An index in small signs where there are some for all of it."""
    if text and all(char in signs for char in text):
        return "".join(signs[char] for char in text)
    return f"{mark}{text if len(unicodedata.normalize('NFC', text)) == 1 else f'({text})'}"


def _bracketed(text: str) -> str:
    return text if re.fullmatch(r"[\w.\u0300-\u036f₀-ₜ]+", text) else f"({text})"


def _in_font(letter: str, font: str) -> str:
    case = "CAPITAL" if letter.isupper() else "SMALL"
    for name in (f"MATHEMATICAL {font} {case} {letter.upper()}", f"{font} {case} {letter.upper()}"):
        try:
            return unicodedata.lookup(name)
        except KeyError:
            continue
    if font == "BOLD":
        return letter
    raise _NotExactError
