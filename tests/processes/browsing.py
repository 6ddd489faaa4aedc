"""A client like a browser without scripts: cookies, forms and redirects."""

from __future__ import annotations

import urllib.error
import urllib.request
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from urllib.parse import urlencode

from tests.processes.site import PASSWORD, PATIENCE


@dataclass
class Answer:
    status: int
    body: str
    address: str


class Browser:
    """One user's client. answers: number of responses by status."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.answers: dict[int, int] = {}
        self.failures: list[str] = []
        self._open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar())).open

    def get(self, path: str) -> Answer:
        return self._ask(urllib.request.Request(self._address(path)))

    def post(self, path: str, values: dict[str, str]) -> Answer:
        address = self._address(path)
        request = urllib.request.Request(address, urlencode(values).encode(), {"Referer": address})
        return self._ask(request)

    def log_in(self, name: str) -> None:
        page = self.get("/en/admin/login/")
        values = fields_of(page.body, "login-form").values
        answer = self.post("/en/admin/login/", {**values, "username": name, "password": PASSWORD})
        assert answer.address.endswith("/admin/"), answer.address

    def _address(self, path: str) -> str:
        return path if path.startswith("http") else self.base + path

    def _ask(self, request: urllib.request.Request) -> Answer:
        try:
            with self._open(request, timeout=PATIENCE) as response:
                answer = Answer(response.status, response.read().decode(), response.url)
        except urllib.error.HTTPError as error:
            answer = Answer(error.code, error.read().decode("utf-8", "replace"), request.full_url)
        self.answers[answer.status] = self.answers.get(answer.status, 0) + 1
        if answer.status >= 500:
            self.failures.append(f"{request.get_method()} {request.full_url}: {answer.status}")
        return answer


@dataclass
class Form:
    values: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str]] = field(default_factory=list)


def fields_of(body: str, marked: str) -> Form:
    """Return what the first form with this word in its class or id would send, without its buttons."""
    reader = _FormReader(marked)
    reader.feed(body)
    return reader.form


class _FormReader(HTMLParser):
    def __init__(self, marked: str) -> None:
        super().__init__()
        self.marked, self.form = marked, Form()
        self.inside, self.done = False, False
        self.box, self.select, self.first = "", "", True

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and not self.done:
            words = f"{given.get('class', '')} {given.get('id', '')}".split()
            self.inside = self.marked in words
        if not self.inside:
            return
        name = given.get("name", "")
        if tag == "input" and name:
            if given.get("type") not in ("checkbox", "radio", "submit", "file") or "checked" in given:
                self.form.values[name] = given.get("value", "on" if "checked" in given else "")
        elif tag == "textarea" and name:
            self.box, self.first = name, True
            self.form.values[name] = ""
        elif tag == "select" and name:
            self.select = name
        elif tag == "option" and self.select and ("selected" in given or self.select not in self.form.values):
            self.form.values[self.select] = given.get("value", "")
        elif tag == "button":
            self.form.buttons.append((name, given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form" and self.inside:
            self.inside, self.done = False, True
        elif tag == "textarea":
            self.box = ""
        elif tag == "select":
            self.select = ""

    def handle_data(self, data: str) -> None:
        if self.box:
            # Browsers drop one line break at the beginning of a textarea.
            self.form.values[self.box] += data.removeprefix("\n") if self.first else data
            self.first = False
