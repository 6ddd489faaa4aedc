"""How far people stand behind what is on a page, in a sentence that is neither proud nor ashamed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib.auth import get_user_model
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from episodes.models import Episode, Section
from episodes.reviewable import Care
from episodes.views.reading import Shown


def care_line(episode: Episode, sections: list[Shown], items: list[Any]) -> str:
    """How far a person stands behind what is on the page. The owner's own writing needs none.

    An adopted page says whose word it stands on, and nothing more where nobody has read it yet: nearly every page of a
    library that has moved in says so, and none of them is to be ashamed of it.
    """
    cares = [section.care for section in sections] or [item.care for item in items]
    summary = Section(status=episode.summary_status).care if episode.shown_summary else None
    line = "" if episode.form == Episode.Form.OWN else _read_line(cares, summary, _alone(episode, sections))
    if not episode.adopted:
        return line
    owner = _("Published by its owner without a review of its items.")
    return f"{line} {owner}" if line and any([*cares, summary]) else owner


def least_care(sections: list[Shown], items: list[Any]) -> Care:
    return min((thing.care for thing in [*sections, *items]), default=Care.UNREAD)


def _read_line(cares: list[Care], summary: Care | None, alone: bool) -> str:
    everything = [*cares, summary] if summary is not None else cares
    if not any(everything):
        return _("Machine-made, not read by a person yet.")
    if min(everything) == Care.VERIFIED and alone:
        return _("Machine-made, read by a person and verified by the same person on a later day.")
    if min(everything) == Care.VERIFIED:
        return _("Machine-made, read by a person and verified by a second.")
    if min(everything) == Care.READ:
        return _("Machine-made, read by a person.")
    return _partly_read(len(cares), sum(care > Care.UNREAD for care in cares), bool(summary))


def _alone(episode: Episode, sections: list[Shown]) -> bool:
    """Whether something of it was verified by the one who had accepted it."""
    summary = bool(episode.shown_summary) and episode.summary_self_verified
    return summary or any(section.alone for section in sections)


def _partly_read(total: int, read: int, summary: bool) -> str:
    if not read:
        return _("Machine-made. A person has read the summary, not the sections yet.")
    line = ngettext(
        "Machine-made. A person has read %(read)d of %(total)d section.",
        "Machine-made. A person has read %(read)d of %(total)d sections.",
        total,
    ) % {"read": read, "total": total}
    too = _(" The summary too.")
    return line + too if summary else line


def partly_read(sections: list[Shown]) -> bool:
    """Whether it is worth telling at each section: not where all are alike."""
    return len({section.care > Care.UNREAD for section in sections}) > 1


# --- who, and when


def people_line(rows: Iterable[Any]) -> str:
    """Who read and who verified these rows, and when last; "" for nobody. Only full names are told, never log-ins.

    One query, none where nobody has read anything.
    """
    rows = list(rows)
    read, verified = _last(rows, "accepted"), _last(rows, "verified")
    keys = read[0] | verified[0]
    if not keys:
        return ""
    users = get_user_model().objects.filter(pk__in=keys).only("first_name", "last_name")
    names = {user.pk: user.get_full_name() for user in users}
    parts = [
        _told(read, names, _("Read by %(names)s, %(date)s."), _("Read %(date)s.")),
        _told(verified, names, _("Verified by %(names)s, %(date)s."), _("Verified %(date)s.")),
    ]
    return " ".join(part for part in parts if part)


def _last(rows: list[Any], act: str) -> tuple[set[int], Any]:
    """(keys of who did it, when it was done last)"""
    done = [(getattr(row, f"{act}_by_id"), getattr(row, f"{act}_at")) for row in rows]
    return {key for key, _at in done if key}, max((at for key, at in done if key and at), default=None)


def _told(who: tuple[set[int], Any], names: dict[int, str], named: str, unnamed: str) -> str:
    keys, at = who
    if not keys or at is None:
        return ""
    known = sorted({names[key] for key in keys if names.get(key)})
    date = date_format(timezone.localtime(at), "DATE_FORMAT")
    return named % {"names": _(", ").join(known), "date": date} if known else unnamed % {"date": date}
