"""Find and write the index rows of stored pages.

Finding takes one query for state and page. Writing is refused when the revision differs from the one before rendering:
a page that was rendered while a withdrawal was committed is never stored.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from hashlib import sha256

from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from episodes.bases.lock_wait import without_waiting
from episodes.bases.page_dependencies import Dependencies
from episodes.derived.public_changes import delete_pages
from episodes.models import StoredPage, StoredPageKey
from episodes.site.contexts.site_state import SiteState
from episodes.site.store.answers import Page, pack
from episodes.site.store.bodies import bodies, sweep_sometimes
from episodes.site.store.code_version import code_version

# Seconds after which a page is rendered again in any case: it may relate to episodes published since.
MAX_AGE = 7 * 24 * 3600
# Rows of the index, and among them rows of pages with filters, of which there may be any number.
MAX_PAGES, MAX_FILTERED = 400_000, 5_000
# Pages decided by a free text that a process keeps in memory, from their second request on.
MAX_FREE = 200

_FIND = """
SELECT s.revision, s.sections, p.digest, p.headers, p.revision, p.valid_until, p.sections, p.made_by
FROM episodes_siterevision s LEFT JOIN episodes_storedpage p ON p.address = %s WHERE s.id = 1
"""
_REVISION = "SELECT revision FROM episodes_siterevision WHERE id = 1"


@dataclass(frozen=True)
class Found:
    """What the index says. revision, sections: of the site, None if unknown; page: None if it is not stored."""

    revision: int | None = None
    sections: str | None = None
    page: Page | None = None


def find(address: str) -> Found:
    """Return the stored page of an address if it holds. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_FIND, [address])
        row = cursor.fetchone()
    if row is None:
        return Found()
    revision, sections, digest, headers, of_revision, valid_until, of_sections, made_by = row
    holds = (
        digest is not None
        and sections is not None
        and of_sections == sections
        and (of_revision is None or of_revision == revision)
        and valid_until > timezone.now().timestamp()
        and made_by == code_version()
    )
    if holds:
        packed = bodies.get(digest)
        pairs = json.loads(headers) if isinstance(headers, str) else headers
        page = Page(digest, tuple((name, value) for name, value in pairs), packed) if packed is not None else None
        return Found(revision, sections, page)
    return Found(revision, sections, _free.find(address, revision, sections))


def keep(
    address: str, body: bytes, headers: Mapping[str, str], dependencies: Dependencies, state: SiteState
) -> Page | None:
    """Store a page that was rendered at `state.revision`. Returns it, or None if the database refused it.

    Waits for no other writer; a page that cannot be stored now is stored after its next rendering.
    """
    page = Page(sha256(body).hexdigest(), tuple(headers.items()), pack(body))
    row = StoredPage(
        address=address,
        digest=page.digest,
        headers=[list(pair) for pair in page.headers],
        revision=None if dependencies.keys else state.revision,
        valid_until=_valid_until(dependencies, state),
        sections=state.menu,
        made_by=code_version(),
        made_at=timezone.now(),
        has_query="?" in address,
    )
    if dependencies.is_free:
        _free.keep(row, state, page)
        return page
    if not bodies.put(page.digest, page.packed):
        return page
    sweep_sometimes()
    try:
        return page if _written(row, dependencies.keys, state) else None
    except DatabaseError:
        return page


def _written(row: StoredPage, keys: set[str], state: SiteState) -> bool:
    """Write row and keys unless the revision has changed. Returns whether it had not."""
    with without_waiting():
        if _locked_revision() != state.revision:
            return False
        columns = [field.name for field in StoredPage._meta.concrete_fields if not field.primary_key]
        StoredPage.objects.bulk_create([row], update_conflicts=True, unique_fields=["address"], update_fields=columns)
        StoredPageKey.objects.filter(address=row.address).delete()
        StoredPageKey.objects.bulk_create(StoredPageKey(address=row.address, key=key) for key in sorted(keys))
        _bound()
    return True


def _locked_revision() -> int | None:
    """Return the revision, locked against a public change until the commit."""
    with connection.cursor() as cursor:
        # An immediate transaction of SQLite holds the only write lock already.
        cursor.execute(_REVISION if connection.vendor == "sqlite" else f"{_REVISION} FOR SHARE")
        row = cursor.fetchone()
    return row[0] if row else None


# Rows written by this process since the number of rows was last checked.
_written_since = 0
_CHECK_EVERY = 500


def _bound() -> None:
    """Delete the oldest rows above the limits. Counts rows once in _CHECK_EVERY."""
    global _written_since
    _written_since += 1
    if _written_since < _CHECK_EVERY:
        return
    _written_since = 0
    drop_excess(MAX_PAGES, MAX_FILTERED)


def drop_excess(pages: int, filtered: int) -> None:
    """Delete the oldest rows until at most `pages` remain, and at most `filtered` with a query."""
    for rows, limit in ((StoredPage.objects.filter(has_query=True), filtered), (StoredPage.objects.all(), pages)):
        excess = rows.count() - limit
        if excess <= 0:
            continue
        oldest = list(rows.order_by("made_at").values_list("address", flat=True)[:excess])
        with transaction.atomic():
            delete_pages(oldest)


def _valid_until(dependencies: Dependencies, state: SiteState) -> float:
    """Return the moment at which the page changes by itself, in seconds since 1970."""
    moments = [timezone.now().timestamp() + MAX_AGE]
    if dependencies.by_day:
        moments.append(_next_midnight().timestamp())
    for moment, keys in state.scheduled:
        if not dependencies.keys or dependencies.keys & keys:
            moments.append(moment)
    return min(moments)


def _next_midnight() -> datetime:
    tomorrow = timezone.localdate() + timedelta(days=1)
    return timezone.make_aware(datetime.combine(tomorrow, time.min))


class _FreePages:
    """Pages decided by a free text: in memory, from the second request of an address on."""

    def __init__(self) -> None:
        self._pages: OrderedDict[str, tuple[StoredPage, int | None, Page]] = OrderedDict()
        self._asked: OrderedDict[str, None] = OrderedDict()

    def find(self, address: str, revision: int, sections: str | None) -> Page | None:
        """Return the page if it is of this state of the site."""
        row, of_revision, page = self._pages.get(address, (None, None, None))
        if row is None or of_revision != revision or row.sections != sections:
            return None
        return page if row.valid_until > timezone.now().timestamp() else None

    def keep(self, row: StoredPage, state: SiteState, page: Page) -> None:
        """Keep the page if its address was asked before."""
        if row.address not in self._asked:
            self._asked[row.address] = None
            while len(self._asked) > 4 * MAX_FREE:
                self._asked.popitem(last=False)
            return
        self._pages[row.address] = (row, state.revision, page)
        self._pages.move_to_end(row.address)
        while len(self._pages) > MAX_FREE:
            self._pages.popitem(last=False)

    def clear(self) -> None:
        """Forget all, for tests."""
        self._pages.clear()
        self._asked.clear()


_free = _FreePages()


def clear_memory() -> None:
    """Forget the pages and bodies in this process's memory."""
    _free.clear()
    bodies.clear_memory()
