"""Highlighting of known names and terms in HTML that is rendered and sanitised already."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from html.parser import HTMLParser

from django.utils.safestring import SafeString

# Elements without highlighting.
_OPAQUE = {"a", "code", "pre", "math", "mark"}


def mark(html: SafeString, names: Iterable[str], terms: Iterable[str] = ()) -> SafeString:
    """Return the HTML with <mark class="name"> and <mark class="term"> around known words; text and tags stay.

    Longer words take precedence over words inside them. A Latin word matches only as a whole word.
    """
    classes = {escape(term, quote=False): "term" for term in terms}
    classes |= {escape(name, quote=False): "name" for name in names}
    if not classes:
        return html
    marker = _Marker(classes)
    marker.feed(html)
    marker.close()
    # The input is safe, and only constant tags are added around pieces of its text.
    return SafeString("".join(marker.pieces))


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    def whole(word: str) -> str:
        begin = r"(?<![A-Za-z0-9])" if word[:1].isascii() and word[:1].isalnum() else ""
        end = r"(?![A-Za-z0-9])" if word[-1:].isascii() and word[-1:].isalnum() else ""
        return begin + re.escape(word) + end

    return re.compile("|".join(whole(word) for word in sorted(words, key=len, reverse=True)))


class _Marker(HTMLParser):
    """Copies HTML and marks the words of its text."""

    def __init__(self, classes: dict[str, str]) -> None:
        super().__init__(convert_charrefs=False)
        self.classes, self.pattern = classes, _pattern(classes)
        self.pieces: list[str] = []
        self.texts: list[str] = []
        self.opaque = 0

    def _flush(self) -> None:
        # Text and character references arrive in pieces; a name may contain one (AT&amp;T).
        text, self.texts = "".join(self.texts), []
        if text and not self.opaque:
            text = self.pattern.sub(lambda m: f'<mark class="{self.classes[m[0]]}">{m[0]}</mark>', text)
        self.pieces.append(text)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def handle_entityref(self, name: str) -> None:
        self.texts.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.texts.append(f"&#{name};")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._flush()
        self.opaque += tag in _OPAQUE
        self.pieces.append(self.get_starttag_text() or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._flush()
        self.pieces.append(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        self._flush()
        self.opaque -= tag in _OPAQUE
        self.pieces.append(f"</{tag}>")

    def close(self) -> None:
        super().close()
        self._flush()
