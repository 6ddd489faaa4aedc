r"""Formulas in running text. A dollar sign is usually money, so a formula needs proof.

Text between the signs is a formula if it holds nothing but mathematics and, in addition, one of
- a LaTeX command: `$4 \times$`, `$\theta / 128$`;
- a variable with an operation, or a single letter: `$x^2$`, `$P_K$`, `$t-1$`, `$N$`;
- a whole number of up to three digits: `$20$ W`.
Any other bare number counts as money, even with a second dollar sign after it (`$1,000$`, `$10^{15}$`).
"""

from __future__ import annotations

import re

from episodes.notes.prose.code_and_comments import regions

# Characters and levels of braces: limits for the converter to MathML.
MAX_LENGTH = 300
MAX_DEPTH = 8

# Only the opening sign is consumed: in `($数千亿), (~$4 \times$)` the sign that closes nothing opens the next formula.
CANDIDATE = re.compile(
    rf"(?<![\\$A-Za-z0-9])(?P<mark>\$\$?)(?=(?P<latex>[^$\x02]{{1,{MAX_LENGTH}}})(?<!\\)(?P=mark)(?![$0-9]))"
)
WORDS_IN_MATHS = re.compile(r"\\(?:text\w*|math\w+|operatorname)\s*\{[^{}]*\}")
MATHS = re.compile(r"[A-Za-z0-9\s\\^_{}()\[\]+\-*/=<>.,:;!|'&~%×·≤≥≠≈∈→∞Α-Ωα-ω]*")
COMMAND = re.compile(r"\\[A-Za-z]+")
WHOLE_NUMBER = re.compile(r"[0-9]{1,3}")
BRACES = re.compile(r"\{[^{}]*\}")
PROSE = re.compile(r"[A-Za-z]{2,},?\s+[A-Za-z]{2,}|[A-Za-z]{4,}(?![A-Za-z(])")
DANGLING = re.compile(r"[-+*/=<>(\[,.:;~&]$")


def formulas(text: str) -> list[tuple[int, int, str]]:
    """Return (begin, end, latex) of every formula outside code and comments, dollar signs included."""
    if "$" not in text:
        return []
    prose = _blank_out(text)
    spans = []
    position = 0
    while candidate := CANDIDATE.search(prose, position):
        position = candidate.end()
        if is_formula(candidate):
            position = candidate.end("latex") + len(candidate["mark"])
            spans.append((candidate.start(), position, candidate["latex"].strip()))
    return spans


def _blank_out(text: str) -> str:
    """Return the text with code and comments replaced by a character that no formula holds; offsets stay."""
    pieces = []
    position = 0
    for region in regions(text):
        pieces += [text[position : region.begin], "\x02" * (region.end - region.begin)]
        position = region.end
    return "".join([*pieces, text[position:]])


def is_formula(candidate: re.Match[str]) -> bool:
    """Return whether a match of CANDIDATE is a formula. The caller excludes code."""
    latex = candidate["latex"]
    if candidate["mark"] == "$$":
        latex = latex.strip()
    if not latex or latex != latex.strip() or "\n\n" in latex or depth(latex) > MAX_DEPTH:
        return False
    rest = WORDS_IN_MATHS.sub("x", latex)
    return bool(MATHS.fullmatch(rest)) and _is_mathematics(rest)


def _is_mathematics(latex: str) -> bool:
    if WHOLE_NUMBER.fullmatch(latex):
        return True
    bare = COMMAND.sub(" ", latex)
    while (shorter := BRACES.sub("", bare)) != bare:
        bare = shorter
    if PROSE.search(bare) or DANGLING.search(latex):
        return False
    if COMMAND.search(latex):
        return True
    return _has_a_variable(latex)


def _has_a_variable(latex: str) -> bool:
    """Return whether there is a variable: `x`, `2^n`, `f(x)`, `t-1`, but neither `USD` nor `5 each`."""
    if latex[0].isdigit():
        return bool(re.fullmatch(r"(?![0-9]+[kKmMbBtT]$)[0-9]+(?=.*[\^_+\-*/=()]|[a-z]$)\S*[A-Za-z]\S*", latex))
    return bool(re.fullmatch(r"[A-Za-zΑ-Ωα-ω]|(?=.*[A-Za-zΑ-Ωα-ω]).*[\^_+\-*/=<>()|'≤≥≠≈∈→].*", latex, re.S))


def depth(latex: str) -> int:
    """Return the nesting depth of braces; more than MAX_DEPTH if they do not pair."""
    level = deepest = 0
    for brace in re.findall(r"\\.|[{}]", latex):
        level += {"{": 1, "}": -1}.get(brace, 0)
        deepest = max(deepest, level)
        if level < 0:
            return MAX_DEPTH + 1
    return deepest if level == 0 else MAX_DEPTH + 1
