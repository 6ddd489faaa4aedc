"""Actions on text selected in a section: fix it here or everywhere, or make a quote, prediction, entity or alias.

A selection is the text as displayed, the section is Markdown; `find` maps one to the other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from episodes import derived, workflow
from episodes.bases.fields import LongTextField
from episodes.bases.reviewable import Status
from episodes.bases.slugs import free_slug_for
from episodes.bases.users import User
from episodes.models import ITEMS, Episode, Mention, Prediction, Quote, Section
from episodes.notes import timecodes
from episodes.workflow import Refused
from people.models import Alias, Entity, Speaker

# The target of a link.
_TARGET = r"(?<=\])\([^()\s]*(?:\s+\"[^\"\n]*\")?\)"
# Markdown marks that are not displayed.
_MARKS = re.compile(rf"{_TARGET}|\*\*|__|\*|`|\\(?=[^\w\s])|</?[a-zA-Z][^>\n]{{0,80}}>")
# Addresses, in which nothing is replaced.
_ADDRESS = rf"{_TARGET}|https?://[A-Za-z0-9_.~:/?#@!$&'*+,;=%-]+"


def find(text: str, words: str, nth: int = 0) -> tuple[int, int] | None:
    """Return (begin, end) of the displayed words in Markdown, for the nth occurrence (0-based); None if not found.

    White space and marks between the words are ignored, so that a selection across a bold name is found too.
    """
    seen, places = _seen(text)
    wanted, _ignored = _seen(words)
    if not wanted:
        return None
    at = -1
    for _place in range(nth + 1):
        at = seen.find(wanted, at + 1)
        if at < 0:
            return None
    return places[at], places[at + len(wanted) - 1] + 1


def _seen(text: str) -> tuple[str, list[int]]:
    """Return the displayed characters without white space, and the position of each."""
    hidden = {i for match in _MARKS.finditer(text) for i in range(match.start(), match.end())}
    kept = [i for i, char in enumerate(text) if i not in hidden and not char.isspace()]
    return "".join(text[i] for i in kept), kept


def replaced(text: str, old: str, new: str, nth: int = 0) -> str:
    """Return the text with one occurrence replaced. Raises Refused if that would split a pair of marks."""
    place = find(text, old, nth)
    if place is None:
        raise Refused(_("The section does not contain “%(words)s”.") % {"words": old[:80]})
    begin, end = place
    for mark in ("**", "__", "`"):
        if text.count(mark, begin, end) % 2:
            raise Refused(_("The selection starts inside bold text and ends outside it. Select only one of them."))
    return text[:begin] + new + text[end:]


# --- actions


def make(episode: Episode, section: Any, by: User, data: Any) -> str:
    """Do with the selected words what `make` in the data says. Returns a message; raises Refused."""
    words = " ".join(data.get("words", "").split())
    maker = _MAKERS.get(data.get("make", ""))
    if maker is None or not words:
        raise Refused(_("Select some text first, then choose what to make of it."))
    if not isinstance(section, Section):
        raise Refused(_("Text can only be selected in a section."))
    return maker(episode, section, words, by, data)


def _need(by: User, *permissions: str) -> None:
    if not by.has_perms(permissions):
        raise Refused(_("%(name)s does not have permission to do this.") % {"name": by.get_username()})


def _fix(episode: Episode, section: Section, words: str, by: User, data: Any) -> str:
    """Replace the words here or everywhere in the episode."""
    _need(by, "episodes.change_section")
    new = " ".join(data.get("to", "").split())
    if not new or new == words:
        raise Refused(_("Enter the corrected text."))
    nth = data.get("nth", "0")
    workflow.edited(episode, by)
    if data.get("everywhere"):
        count = _fix_everywhere(episode, words, new, by)
        derived.refresh(episode)
        return ngettext("Fixed in %d place.", "Fixed in %d places.", count) % count
    section.text = replaced(section.text, words, new, int(nth) if nth.isdecimal() and len(nth) < 6 else 0)
    workflow.save_words(section, ["text"], by)
    derived.refresh(episode)
    return _("Fixed.")


def _fix_everywhere(episode: Episode, old: str, new: str, by: User) -> int:
    """Replace the words in titles, sections and items. Returns the number of places."""
    pattern = _whole(old)
    count = 0
    for row, fields in _rows_with(episode, old):
        changed = []
        for name in fields:
            text, n = _replaced_all(pattern, new, getattr(row, name))
            if n:
                setattr(row, name, text)
                changed.append(name)
                count += n
        if changed:
            workflow.save_words(row, changed, by)
    if not count:
        raise Refused(_("The episode does not contain exactly “%(words)s”.") % {"words": old[:80]})
    return count


def _replaced_all(pattern: re.Pattern[str], new: str, text: str) -> tuple[str, int]:
    """Replace all occurrences outside of addresses, so that links keep their targets."""
    count = 0

    def put(match: re.Match[str]) -> str:
        nonlocal count
        count += match["words"] is not None
        return match[0] if match["words"] is None else new

    return pattern.sub(put, text), count


def _whole(words: str) -> re.Pattern[str]:
    """Return a pattern for the words or an address. Latin words match as a whole only: `Ada` not in `Adam`."""
    begin = r"(?<![A-Za-z0-9])" if words[:1].isascii() and words[:1].isalnum() else ""
    end = r"(?![A-Za-z0-9])" if words[-1:].isascii() and words[-1:].isalnum() else ""
    return re.compile(f"(?P<words>{begin}{re.escape(words)}{end})|{_ADDRESS}")


def _rows_with(episode: Episode, words: str) -> Iterator[tuple[Any, list[str]]]:
    """Yield the episode and its rows that contain the words, with the names of the text fields. One query per kind."""
    yield episode, ["title", "summary", "insight"]
    for model in (Section, *ITEMS):
        if model is Mention:
            continue
        fields = [field.name for field in model._meta.concrete_fields if isinstance(field, LongTextField)]
        fields += [name for name in ("heading", "title") if any(f.name == name for f in model._meta.concrete_fields)]
        holds = Q(*((f"{name}__contains", words) for name in fields), _connector=Q.OR)
        for row in model._default_manager.not_rejected().filter(holds, episode=episode):
            row.episode = episode
            yield row, fields


def _spoken_item_maker(model: type[Quote] | type[Prediction], column: str) -> Callable[..., str]:
    def act(episode: Episode, section: Section, words: str, by: User, data: Any) -> str:
        _need(by, f"episodes.add_{model._meta.model_name}", "episodes.review_episode")
        _require_words(section, words)
        speaker = _chosen(Speaker, data.get("speaker", ""))
        start = timecodes.parse(data.get("start", "")) if data.get("start", "").strip() else None
        if data.get("start", "").strip() and start is None:
            raise Refused(_("Enter the time as HH:MM:SS, for example 01:02:03."))
        workflow.edited(episode, by)
        label = speaker.name if speaker else ""
        row = model(episode=episode, start=start, speaker=speaker, label=label, **{column: words})
        _create(row, by)
        # Accepted by the user who selected it; without a speaker it stays a draft, since it could not be published.
        if speaker is not None:
            workflow.transition(row, Status.ACCEPTED, by)
        derived.refresh(episode)
        made = _("Quote added.") if model is Quote else _("Prediction added.")
        return made if speaker else " ".join([made, _("The speaker is not identified yet.")])

    return act


def _require_words(section: Section, words: str) -> None:
    if find(section.text, words) is None:
        raise Refused(_("The section does not contain “%(words)s”.") % {"words": words[:80]})


def _create(row: Any, by: User) -> None:
    row.save(force_insert=True)
    workflow.record_created(row, by)


def _entity(episode: Episode, section: Section, words: str, by: User, data: Any) -> str:
    """Add the words as a mention of a known or new entity."""
    _need(by, "episodes.add_mention", "episodes.review_episode")
    _require_words(section, words)
    entity = _entity_called(words, by, data.get("kind", ""))
    if Mention.objects.filter(episode=episode, entity=entity).exists():
        raise Refused(_("“%(name)s” is already in the list.") % {"name": entity})
    workflow.edited(episode, by)
    row = Mention(episode=episode, entity=entity)
    _create(row, by)
    workflow.transition(row, Status.ACCEPTED, by)
    return _("“%(name)s” was added to the list.") % {"name": entity}


def _entity_called(name: str, by: User, kind: str) -> Entity:
    known = Entity.objects.filter(Q(name=name) | Q(aliases__name=name)).distinct()[:2]
    if len(known) > 1:
        raise Refused(_("Several people are called %(name)s. Select one in the episode form.") % {"name": name})
    if known:
        return known[0]
    _need(by, "people.add_entity")
    kind = kind if kind in Entity.Kind.values else Entity.Kind.OTHER
    return Entity.objects.create(name=name[:300], slug=free_slug_for(Entity, name, "entity"), kind=kind)


def _alias(episode: Episode, section: Section, words: str, by: User, data: Any) -> str:
    """Add the words as an alias; `of` is `entity-12` or `speaker-3`."""
    _need(by, "people.add_alias")
    _require_words(section, words)
    kind, _dash, key = data.get("of", "").partition("-")
    model: Any = {"entity": Entity, "speaker": Speaker}.get(kind)
    named = _chosen(model, key) if model else None
    if named is None:
        raise Refused(_("Select whose alias this is."))
    _row, made = Alias.objects.get_or_create(name=words[:300], **{kind: named})
    if made:
        derived.touch_public(derived.episodes_naming(named))
    return _("“%(words)s” was added as an alias of %(name)s.") % {"words": words, "name": named}


def _chosen(model: Any, key: str) -> Any:
    return model.objects.filter(pk=int(key)).first() if key.isdecimal() and len(key) < 19 else None


_MAKERS: dict[str, Callable[..., str]] = {
    "fix": _fix,
    "quote": _spoken_item_maker(Quote, "text"),
    "prediction": _spoken_item_maker(Prediction, "words"),
    "entity": _entity,
    "alias": _alias,
}
