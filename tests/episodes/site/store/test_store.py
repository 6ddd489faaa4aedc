"""Stored pages through the middleware: what is stored, what is dropped, what is answered."""

from __future__ import annotations

import gzip
import os
import shutil
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.db import OperationalError, close_old_connections
from django.test import Client
from django.utils import timezone

from episodes import derived
from episodes.models import Episode, SiteRevision, StoredPage
from episodes.site.contexts.site_state import site_state
from episodes.site.pages.episode import EpisodePage
from episodes.site.store import bodies as bodies_module
from episodes.site.store import make_ahead, page_index
from episodes.site.store.answers import accepts_gzip
from episodes.site.store.front import StoredPagesFront
from episodes.workflow import transition
from tests import factories
from tests.stored_pages import store, stored  # noqa: F401

pytestmark = pytest.mark.usefixtures("store")


def get(client: Client, address: str, **headers: str) -> Any:
    return client.get(address, headers=headers)


def test_second_request_is_answered_from_store(client: Client, django_assert_num_queries: Any) -> None:
    page = factories.full_episode().get_absolute_url()
    derived.forget_all()
    first = get(client, page)
    with django_assert_num_queries(1):
        again = get(client, page)
    assert (again.status_code, again.content) == (200, first.content)
    assert dict(again.headers) == dict(first.headers)
    assert stored() == {page}


def test_each_kind_of_page_is_stored(client: Client) -> None:
    of = factories.full_episode()
    derived.forget_all()
    pages = factories.public_pages(of).values()
    for page in pages:
        assert get(client, page).status_code == 200
    assert stored() == set(pages)


# --- what is dropped


@pytest.fixture
def public() -> Any:
    episode = factories.full_episode()
    derived.store_html(episode)
    derived.forget_all()
    return episode


def open_all(client: Client, of: Any) -> set[str]:
    """Request one page of each kind, and return their addresses."""
    pages = set(factories.public_pages(of).values()) | {"/sitemap-episodes.xml", "/feed/"}
    for page in sorted(pages):
        client.get(page)
    return pages


def test_work_on_draft_drops_nothing(client: Client, public: Any) -> None:
    by = factories.person("root", is_superuser=True)
    draft = factories.episode(status="in_review", claimed_by=by, claimed_at=timezone.now())
    quote = factories.quote(draft, status="draft", speaker=public.quotes.get().speaker)
    open_all(client, public)
    before, revision = stored(), SiteRevision.objects.get().revision
    transition(quote, "accepted", by)
    transition(draft, "approved", by)
    draft.title = "Another"
    derived.refresh(draft)
    assert (stored(), SiteRevision.objects.get().revision) == (before, revision)


def test_decision_drops_only_pages_that_show_it(client: Client, public: Any) -> None:
    other = factories.full_episode()
    open_all(client, public)
    open_all(client, other)
    kept = {
        other.get_absolute_url(),
        *(row.get_absolute_url() for row in (other.quotes.get(), other.predictions.get())),
    }
    kept |= {other.appearances.get().speaker.get_absolute_url(), other.mentions.get().entity.get_absolute_url()}
    transition(public.quotes.get(), "rejected", factories.editor(), "private")
    site_state()
    assert {page for page in stored() if page_index.find(page).page is not None} == kept
    assert client.get(public.quotes.get().get_absolute_url()).status_code == 404


def test_withdrawal_is_seen_at_once(client: Client, public: Any) -> None:
    pages = open_all(client, public)
    transition(public, "withdrawn", factories.publisher(), "The guest asked for it.")
    assert client.get(public.get_absolute_url()).status_code == 410
    assert {page for page in pages if public.title in client.get(page).content.decode()} == set()


def test_page_rendered_during_withdrawal_is_not_stored(client: Client, public: Any, monkeypatch: Any) -> None:
    page, original = public.get_absolute_url(), EpisodePage.render_to_response

    def paused(view: Any, context: Any, **more: Any) -> Any:
        response = original(view, context, **more)
        transition(Episode.objects.get(pk=public.pk), "withdrawn", factories.publisher(), "Because.")
        return response

    monkeypatch.setattr(EpisodePage, "render_to_response", paused)
    assert client.get(page).status_code == 200
    monkeypatch.undo()
    assert page not in stored()
    assert client.get(page).status_code == 410


def test_scheduled_episode_appears_without_a_write(client: Client, public: Any, monkeypatch: Any) -> None:
    later = timezone.now() + timedelta(hours=2)
    speaker = public.appearances.get().speaker
    scheduled = factories.public_episode(title="Later", published_at=later)
    factories.appearance(scheduled, speaker)
    derived.touch(scheduled)
    pages = ("/", speaker.get_absolute_url(), public.quotes.get().get_absolute_url())
    before = {page: client.get(page).content for page in pages}
    assert not any(b"Later" in body for body in before.values())
    monkeypatch.setattr(timezone, "now", lambda: later + timedelta(seconds=1))
    shown = [b"Later" in client.get(page).content for page in pages]
    assert shown == [True, True, False]
    assert b"Later" in client.get(scheduled.get_absolute_url()).content


def test_pages_about_days_end_at_midnight(client: Client, public: Any, settings: Any) -> None:
    settings.TIME_ZONE = "Asia/Shanghai"
    client.get("/predictions/")
    client.get(public.get_absolute_url())
    midnight = timezone.make_aware(datetime.combine(timezone.localdate() + timedelta(days=1), time.min)).timestamp()
    ends = dict(StoredPage.objects.values_list("address", "valid_until"))
    assert ends["/predictions/"] == midnight
    assert ends[public.get_absolute_url()] > midnight


def test_other_code_renders_anew(client: Client, public: Any, monkeypatch: Any) -> None:
    page = public.get_absolute_url()
    client.get(page)
    monkeypatch.setattr(page_index, "code_version", lambda: "another")
    assert page_index.find(page).page is None


# --- what is stored


def test_unknown_parameters_are_not_stored(client: Client, public: Any) -> None:
    for query in ("utm_source=x", "page=1", "page=01", "sort=x", "area=nothing", "page=1&page=1", "q="):
        client.get(f"/episodes/?{query}")
    assert stored() == {"/episodes/?page=1", "/episodes/"}


def test_filters_are_stored_in_one_order(client: Client, public: Any) -> None:
    client.get("/episodes/?year=&language=en&area=machines")
    client.get("/episodes/?area=machines&language=en")
    assert stored() == {"/episodes/?area=machines&language=en"}


def test_free_text_is_kept_in_memory_only(client: Client, public: Any, django_assert_num_queries: Any) -> None:
    address = f"/quotes/?q={public.quotes.get().text.split()[0]}"
    first = [client.get(address).content for _time in range(2)]
    with django_assert_num_queries(1):
        assert client.get(address).content == first[0] == first[1]
    assert stored() == set()
    transition(public.quotes.get(), "rejected", factories.editor(), "private")
    assert client.get(address).content != first[0]


def test_refusals_and_forms_are_not_stored(client: Client, public: Any) -> None:
    withdrawn = factories.public_episode(status="withdrawn", withdrawn_reason="Gone.")
    pages = {"/nothing/": 404, withdrawn.get_absolute_url(): 410, "/admin/": 302, "/card.png": 200, "/style-0.css": 200}
    pages[f"{public.get_absolute_url()}report/"] = 200
    assert {page: client.get(page).status_code for page in pages} == pages
    assert stored() == set()


def test_rows_are_bounded_oldest_first(client: Client, public: Any) -> None:
    for page in ("/", "/about/", "/quotes/", "/episodes/?page=1", "/episodes/?area=machines"):
        client.get(page)
    page_index.drop_excess(3, 1)
    assert stored() == {"/about/", "/quotes/", "/episodes/?area=machines"}


def test_lost_bodies_are_made_anew(client: Client, public: Any, settings: Any) -> None:
    page = public.get_absolute_url()
    first = client.get(page).content
    shutil.rmtree(settings.PAGE_STORE)
    page_index.clear_memory()
    assert client.get(page).content == first
    assert page_index.find(page).page is not None


def test_folder_that_cannot_be_written_is_no_error(client: Client, public: Any, settings: Any, tmp_path: Any) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    settings.PAGE_STORE = blocked
    assert client.get(public.get_absolute_url()).status_code == 200
    assert stored() == set()


def test_redis_that_does_not_answer_is_no_error(client: Client, public: Any, settings: Any, monkeypatch: Any) -> None:
    away = {"BACKEND": "config.caches.OptionalRedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {**settings.CACHES, "pages": away}
    monkeypatch.setattr(page_index, "bodies", bodies_module.RememberedBodies(bodies_module.CacheBodies()))
    page = public.get_absolute_url()
    first = client.get(page)
    page_index.clear_memory()
    assert (first.status_code, client.get(page).content) == (200, first.content)


def test_oldest_bodies_are_swept_first(settings: Any, tmp_path: Any) -> None:
    settings.PAGE_STORE = tmp_path
    kept = bodies_module.FolderBodies()
    for number, digest in enumerate(("aa1", "bb2", "cc3")):
        kept.put(digest, bytes(100))
        os.utime(tmp_path / "bodies" / digest[:2] / digest[2:], (number, number))
    assert kept.sweep(250) == 100
    assert [kept.get(digest) is None for digest in ("aa1", "bb2", "cc3")] == [True, False, False]


# --- hosts


def test_second_host_gets_addresses_of_site_url(client: Client, public: Any, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["testserver", "other.example"]
    page = public.get_absolute_url()
    other = client.get(page, headers={"host": "other.example"})
    assert b"http://testserver" in other.content
    assert b"other.example" not in other.content
    assert client.get(page).content == other.content
    assert client.get(page, headers={"host": "evil.example"}).status_code == 400


def test_without_site_url_hosts_are_kept_apart(client: Client, public: Any, settings: Any) -> None:
    settings.SITE_URL, settings.ALLOWED_HOSTS = "", ["testserver", "other.example", ".wild.example"]
    page = public.get_absolute_url()
    for host in ("testserver", "other.example", "a.wild.example", "testserver:99"):
        assert host.encode() in client.get(page, headers={"host": host}).content
    assert stored() == {f"http://testserver{page}", f"http://other.example{page}"}


def test_http_is_redirected_before_the_store(client: Client, public: Any, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    page = public.get_absolute_url()
    assert client.get(page, headers={"x-forwarded-proto": "https"}).status_code == 200
    assert client.get(page).status_code == 301


# --- headers


def test_answers_to_conditions_and_encodings(client: Client, public: Any) -> None:
    page = public.get_absolute_url()
    plain = client.get(page)
    etag, modified = plain["ETag"], plain["Last-Modified"]
    packed = client.get(page, headers={"accept-encoding": "br, gzip"})
    assert gzip.decompress(packed.content) == plain.content
    assert (packed["ETag"], packed["Vary"], packed["Content-Encoding"]) == (etag, "Accept-Encoding", "gzip")
    assert "Content-Encoding" not in client.get(page, headers={"accept-encoding": "gzip;q=0, *;q=0"})
    assert etag.startswith('W/"')
    seen = ({"if-none-match": etag}, {"if-none-match": etag[2:]}, {"if-none-match": f'"x", {etag}'},
            {"if-none-match": "*"}, {"if-modified-since": modified})  # fmt: skip
    assert [client.get(page, headers=headers).status_code for headers in seen] == [304] * 5
    unseen = ({"if-none-match": '"x"'}, {"if-none-match": '"x"', "if-modified-since": modified},
              {"if-modified-since": "Thu, 01 Jan 1970 00:00:00 GMT"}, {"if-modified-since": "yesterday"})  # fmt: skip
    assert [client.get(page, headers=headers).status_code for headers in unseen] == [200] * 4
    head = client.head(page)
    assert (head.content, head["Content-Length"], head["ETag"]) == (b"", str(len(plain.content)), etag)
    assert client.post(page).status_code == 405


def test_first_answer_equals_later_ones(client: Client, public: Any) -> None:
    page = public.get_absolute_url()
    first = client.get(page, headers={"accept-encoding": "gzip"})
    later = client.get(page, headers={"accept-encoding": "gzip"})
    assert (first.content, dict(first.headers)) == (later.content, dict(later.headers))


def test_not_modified_makes_no_page_anew(client: Client, public: Any, monkeypatch: Any) -> None:
    page = public.get_absolute_url()
    etag = client.get(page)["ETag"]
    monkeypatch.setattr(EpisodePage, "get", lambda *_a, **_k: pytest.fail("rendered"))
    assert client.get(page, headers={"if-none-match": etag}).status_code == 304


@pytest.mark.parametrize(
    ("header", "accepted"),
    [("", False), ("gzip", True), ("*", True), ("gzip;q=0", False), ("gzip; q=0.001", True), ("*;q=0, gzip", True),
     ("identity", False), ("gzip;q=x", False), ("br;q=1, x-gzip", True)],
)  # fmt: skip
def test_gzip_is_accepted_by_quality(header: str, accepted: bool) -> None:
    assert accepts_gzip(header) is accepted


# --- the front of the server


def test_front_answers_without_django(client: Client, public: Any, rf: Any) -> None:
    page = public.get_absolute_url()
    body = client.get(page).content
    front = StoredPagesFront(lambda _environ, _start: [b"from Django"])
    answers: list[Any] = []
    assert front(rf.get(page).environ, lambda *given: answers.append(given)) == [body]
    assert answers[0][0] == "200 OK"
    for request in (rf.get("/other/"), rf.post(page), rf.get("/admin/"), rf.get(page, headers={"host": "evil"})):
        assert front(request.environ, answers.append) == [b"from Django"]


def test_front_passes_on_without_a_database(rf: Any, monkeypatch: Any) -> None:
    def away(_address: str) -> None:
        raise OperationalError

    monkeypatch.setattr(page_index, "find", away)
    front = StoredPagesFront(lambda _environ, _start: [b"from Django"])
    assert front(rf.get("/").environ, lambda *_given: None) == [b"from Django"]


# --- pages made ahead


@pytest.fixture
def _open_connection() -> Iterator[None]:
    """Keep the connection of the test's transaction, as Django's test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("_open_connection")
def test_first_pages_are_made_ahead(client: Client, public: Any) -> None:
    for _number in range(5):
        factories.quote(public)
    assert make_ahead.make(make_ahead.first_pages(), limit=200) == 24
    made = stored()
    assert {"/", "/en/", "/episodes/", "/en/feed/", public.get_absolute_url()} <= made
    assert all(page_index.find(page).page is not None for page in made)


def test_nothing_is_made_ahead_for_unknown_host(client: Client, public: Any, settings: Any) -> None:
    settings.SITE_URL = ""
    assert make_ahead.make(["/"]) == 0
    assert stored() == set()


def test_maker_keeps_a_bounded_queue(monkeypatch: Any) -> None:
    monkeypatch.setattr("threading.Thread.start", lambda _thread: None)
    maker = make_ahead.Maker()
    maker.add(f"/{number}/" for number in range(make_ahead.LIMIT + 5))
    assert [maker._next() for _page in range(make_ahead.LIMIT)] == [f"/{number}/" for number in range(make_ahead.LIMIT)]
    assert maker._next() is None
