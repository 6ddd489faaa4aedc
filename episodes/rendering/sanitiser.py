"""The allow-list of HTML: tags, attributes, classes and link schemes that a note may bring to a page."""

from __future__ import annotations

import re

import nh3

from episodes.rendering.html_tags import LINK_SCHEMES


def words(text: str) -> frozenset[str]:
    """Return the words of a string as a set."""
    return frozenset(text.split())


MATHML_TAGS = words(
    "math mrow mi mn mo ms mtext mspace msup msub msubsup mfrac msqrt mroot mover munder munderover "
    "mmultiscripts mprescripts none mtable mtr mtd mstyle mpadded mphantom menclose"
)
MATHML_ATTRIBUTES = words(
    "accent accentunder columnalign columnlines columnspacing depth displaystyle fence form height largeop "
    "linethickness lspace mathvariant maxsize minsize movablelimits notation rowlines rowspacing rspace "
    "scriptlevel separator stretchy symmetric voffset width"
)
TEXT_TAGS = words(
    "a b blockquote br code dd del details div em h3 h4 h5 h6 hr i ins kbd li mark ol p pre small span strong "
    "sub summary sup table tbody td th thead tr u ul"
)
CLASSES = {"p": {"english-text", "turn"}, "b": {"speaker"}, "span": {"colon"}, "details": {"original"}}
LANGUAGE_CLASS = re.compile(r"language-[\w+#.-]{1,30}")
HEADING_ID = re.compile(r"""[A-Za-z][^\s"'&<>]*""")

ATTRIBUTES = {
    "*": {"lang"},
    "a": {"href"},
    "code": {"class"},
    "math": {"display", "alttext"},
    "ol": {"start"},
    **{tag: {"class"} for tag in CLASSES},
    **{tag: {"id"} for tag in ("h3", "h4", "h5", "h6")},
    **{tag: set(MATHML_ATTRIBUTES) for tag in MATHML_TAGS - {"math"}},
}


def _filter_attribute(tag: str, name: str, value: str) -> str | None:
    """Return the value to keep of an allowed attribute, or None."""
    if name == "class":
        allowed = [word for word in value.split() if word in CLASSES.get(tag, ()) or _is_language(tag, word)]
        return " ".join(allowed) or None
    if name == "id":
        return value if HEADING_ID.fullmatch(value) else None
    return value


def _is_language(tag: str, word: str) -> bool:
    return tag == "code" and LANGUAGE_CLASS.fullmatch(word) is not None


_CLEANER = nh3.Cleaner(
    tags=set(TEXT_TAGS | MATHML_TAGS),
    clean_content_tags={"script", "style"},
    attributes=ATTRIBUTES,
    attribute_filter=_filter_attribute,
    link_rel="noopener nofollow ugc",
    url_schemes=set(LINK_SCHEMES),
    url_relative="deny",
)


def sanitise(html: str) -> str:
    """Return HTML reduced to the allow-list."""
    return _CLEANER.clean(html)
