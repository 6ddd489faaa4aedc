"""Ten editors and fifty readers on four workers: nothing is lost, and no request fails."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.processes.browsing import Browser, fields_of
from tests.processes.site import PASSWORD, Site

EDITORS, READERS = 10, 50
# Rows that each editor accepts, and pages that each reader requests: counted, not timed, so that load fails nothing.
THINGS, PAGES = 8, 5
PEOPLE = f"""
from django.contrib.auth.models import Group, User
for n in range({EDITORS}):
    user = User.objects.create_user(f"editor{{n}}", password="{PASSWORD}", is_staff=True)
    user.groups.set(Group.objects.filter(name="Editor"))
owner = User.objects.create_user("owner", password="{PASSWORD}", is_staff=True)
owner.groups.set(Group.objects.filter(name="Publisher"))
"""
PART = """
### Part {0}

Words of part {0}, which an editor reads.
"""
PARTS = "".join(PART.format(number) for number in range(1, 13))
DRAFT = """---
title: Draft number {number}
date: 2020-02-{number:02d}
source: https://www.youtube.com/watch?v=dra{number:08d}
speaker: Ada Lovelace
summary: In short.
---
{parts}"""
PUBLIC = """---
title: Public talk {number}
date: 2020-01-{number:02d}
source: https://www.youtube.com/watch?v=pub{number:08d}
speaker: Ada Lovelace
tags: [engines]
---

### A part

Words of the public talk {number}.
"""


def notes(folder: Path) -> tuple[Path, Path]:
    drafts, public = folder / "drafts", folder / "public"
    for made in (drafts, public):
        made.mkdir()
    for number in range(1, EDITORS + 1):
        (drafts / f"talk-{number}.md").write_text(DRAFT.format(number=number, parts=PARTS))
        (public / f"public-{number}.md").write_text(PUBLIC.format(number=number))
    return drafts, public


class Editor(threading.Thread):
    """An editor who accepts one row after the other. accepted: the successful responses."""

    def __init__(self, base: str, number: int, key: int) -> None:
        super().__init__()
        self.browser, self.number, self.key = Browser(base), number, key
        self.accepted: list[str] = []
        self.problem: Exception | None = None

    def run(self) -> None:
        try:
            self.work()
        except Exception as error:
            self.problem = error

    def work(self) -> None:
        self.browser.log_in(f"editor{self.number}")
        path = f"/en/admin/episodes/episode/{self.key}/review/"
        page = self.browser.get(path)
        for _thing in range(THINGS):
            form = fields_of(page.body, "judge")
            thing = form.values["thing"]
            page = self.browser.post(path, {**form.values, "act": "accept"})
            if page.status == 200:
                self.accepted.append(thing)


class Reader(threading.Thread):
    def __init__(self, base: str, paths: list[str]) -> None:
        super().__init__()
        self.browser, self.paths = Browser(base), paths

    def run(self) -> None:
        for path in self.paths:
            self.browser.get(path)


@pytest.mark.processes
def test_ten_editors_and_fifty_readers_work_concurrently(site: Site, tmp_path: Path) -> None:
    drafts, public = notes(tmp_path)
    site.python(PEOPLE)
    site.manage("import_notes", str(drafts), "--verbosity", "0")
    site.manage("adopt", str(public), "--as", "owner", "--reason", "Public before", "--verbosity", "0")
    keys = site.python(
        "from episodes.models import *\n"
        "print(*Episode.objects.filter(status='draft').order_by('pk').values_list('pk', flat=True))"
    ).split()
    with site.served(workers=4) as base:
        editors = [Editor(base, n, int(key)) for n, key in enumerate(keys)]
        paths = ["/", "/episodes/", "/episodes/public-talk-3/", "/feed/", "/en/episodes/?q=talk"]
        readers = [Reader(base, (paths[n % 5 :] + paths[: n % 5])[:PAGES]) for n in range(READERS)]
        people = [*editors, *readers]
        for person in people:
            person.start()
        for person in people:
            person.join()
    assert [editor.problem for editor in editors if editor.problem] == []
    assert [line for person in people for line in person.browser.failures] == []
    assert set().union(*(person.browser.answers for person in readers)) == {200}
    accepted = sum(len(set(editor.accepted)) for editor in editors)
    # Every confirmed acceptance is stored exactly once.
    assert accepted == EDITORS * THINGS
    assert site.count("Decision.objects.filter(to_status='accepted').count()") == accepted
    assert "database is locked" not in site.log
