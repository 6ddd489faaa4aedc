"""Two web servers and one database: what is changed through one is seen through the other with the next request."""

from __future__ import annotations

import os
import sqlite3
import time
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest

from tests.processes.site import PASSWORD, Site
from tests.processes.test_many_people import notes
from tests.shared import require

pytestmark = pytest.mark.processes
OWNER = f"""
from django.contrib.auth.models import Group, User
owner = User.objects.create_user("owner", password="{PASSWORD}", is_staff=True)
owner.groups.set(Group.objects.filter(name="Publisher"))
"""
WITHDRAW = """
from django.contrib.auth.models import User
from episodes.models import Episode
from episodes.workflow import transition
episode = Episode.objects.public().get(title="Public talk 3")
transition(episode, "withdrawn", User.objects.get(username="owner"), "The guest asked for it.")
"""


def get(address: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(address, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def redis_url() -> str:
    from redis import Redis
    from redis.exceptions import RedisError

    url = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/9")
    try:
        Redis.from_url(url, socket_connect_timeout=2).ping()
    except RedisError:
        require(None, f"Redis does not answer at {url}")
    return url


def test_withdrawal_is_seen_by_both_servers(site: Site, tmp_path: Path) -> None:
    if site.database.startswith("postgres"):
        site.env["CACHE_URL"] = redis_url()
    site.env["SITE_URL"] = "http://notes.example.org"
    _drafts, public = notes(tmp_path)
    site.python(OWNER)
    site.manage("adopt", str(public), "--as", "owner", "--reason", "Public before", "--verbosity", "0")
    lists = ("/", "/episodes/", "/feed/", "/speakers/ada-lovelace/")
    pages = (*lists, "/episodes/public-talk-3/", "/episodes/public-talk-4/")
    with site.served(workers=2) as one, site.served(workers=2) as other:
        first = {page: get(one + page) for page in pages}
        assert {status for status, _body in first.values()} == {200}
        # Each of the processes answers the same bytes.
        for server in (one, other, one, other):
            assert {page: get(server + page) for page in pages} == first
        site.python(WITHDRAW)
        for server in (other, one, other, one):
            seen = {page: get(server + page) for page in pages}
            assert {page for page, (status, _body) in seen.items() if status != 200} == {"/episodes/public-talk-3/"}
            assert seen["/episodes/public-talk-3/"][0] == 410
            assert {page for page, (_status, body) in seen.items() if "Public talk 3" in body} == set()
            # A page of the site's own address, whichever host was asked.
            assert one not in seen["/feed/"][1]
            assert "http://notes.example.org" in seen["/feed/"][1]


def test_pages_are_served_while_another_writes(sqlite_site: Site, tmp_path: Path) -> None:
    _drafts, public = notes(tmp_path)
    sqlite_site.python(OWNER)
    sqlite_site.manage("adopt", str(public), "--as", "owner", "--reason", "Public before", "--verbosity", "0")
    with sqlite_site.served(workers=1) as server:
        database = sqlite3.connect(sqlite_site.database.removeprefix("sqlite:///"), isolation_level=None)
        with closing(database):
            page = f"{server}/episodes/public-talk-4/"
            database.execute("BEGIN IMMEDIATE")
            begun = time.monotonic()
            assert get(page)[0] == 200
            # Half of what a write waits for the lock: the page is not stored, and nobody waits for that.
            assert time.monotonic() - begun < 15
            assert (page,) not in database.execute("SELECT address FROM episodes_storedpage").fetchall()
            database.execute("ROLLBACK")
            get(page)
            assert (page,) in database.execute("SELECT address FROM episodes_storedpage").fetchall()
