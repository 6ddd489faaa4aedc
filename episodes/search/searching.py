"""Search: a query in, results of one page out.

Matches come from the index as keys, which are reduced to episodes that are public at this moment; what is shown of
them is read from `Passage` and `Episode`, through `public()` again. So nothing else that the index holds gets out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from itertools import chain
from typing import Any

from episodes.models import Episode, Passage, Prediction, Quote, Tag
from episodes.notes.visible_text import shown
from episodes.search import aliases, landing, library, matching, names, snippets
from episodes.search.engines import engine
from episodes.search.library import Library
from episodes.search.near import near
from episodes.search.passage_ids import NAMES, episode_of, number_of
from episodes.search.query import Query, parse
from episodes.search.results import Choice, FoundPassage, Hit, Results
from people.models import Speaker

PAGE_SIZE = 10
# Passages of a hit, and of one episode if only that is searched.
_PASSAGES, _PASSAGES_INSIDE = 2, 100
# Choices of a facet, and rows of each other kind.
_CHOICES, _OTHERS = 8, 5
FACETS = ("year", "speaker", "tag")


def search(
    query: str,
    public: bool = True,
    page: int = 1,
    *,
    exact: bool = False,
    episode: Episode | None = None,
    size: int = PAGE_SIZE,
    **filters: Any,
) -> Results:
    """Return one page of what a query finds.

    public: for visitors; else everything, drafts and rejected texts included. exact: no other names. episode: only in
    this one. filters: `speaker`, `tag` (a name or slug each, or a list) and `year` (a number), like those in the query.
    """
    asked = _with_filters(parse(query), filters)
    results = Results(asked, max(page, 1))
    if asked.is_empty:
        return results
    known = library.public_library()
    names.refresh(known.state)
    known = known if public else Library()
    joined = asked
    if not exact:
        joined, results.aliases = aliases.joined(asked, public)
    found = matching.find(joined, public, lambda keys: _allowed(keys, known, public, episode))
    results.total = len(found.episodes)
    results.pages = max(-(-results.total // size), 1)
    if not found.episodes:
        if episode is None:
            results.near = near(asked, public, lambda other: _finds(other, known, public))
        return results
    order = matching.ranked(found, known.norms, len(known.facts) or results.total, results.page * size)
    keys = order[(results.page - 1) * size :]
    results.hits = _hits(keys, joined, public, _PASSAGES if episode is None else _PASSAGES_INSIDE)
    if public and episode is None:
        results.facets = _facets(found.episodes, known, asked)
    if results.page == 1 and episode is None:
        _add_others(results, joined, found, public)
    return results


def _with_filters(query: Query, filters: dict[str, Any]) -> Query:
    given = {name: _texts(value) for name, value in filters.items() if value}
    years = query.years
    for year in given.get("year", []):
        years = parse(f"year:{year}").years or (1, 0)
    return replace(
        query,
        speakers=tuple(dict.fromkeys([*query.speakers, *given.get("speaker", [])])),
        tags=tuple(dict.fromkeys([*query.tags, *given.get("tag", [])])),
        years=years,
    )


def _texts(value: Any) -> list[str]:
    return [str(one) for one in value] if isinstance(value, list | tuple) else [str(value)]


def _allowed(keys: set[int], known: Library, public: bool, episode: Episode | None) -> set[int]:
    if episode is not None:
        keys = keys & {episode.pk}
    return keys & known.facts.keys() if public else keys


def _finds(query: Query, known: Library, public: bool) -> bool:
    if query.is_empty:
        return False
    return bool(matching.find(query, public, lambda keys: _allowed(keys, known, public, None)).episodes)


# --- hits


def _hits(keys: list[int], query: Query, public: bool, most: int) -> list[Hit]:
    rows = Episode.objects.public() if public else Episode.objects.all()
    episodes = rows.listed().in_bulk(keys)
    wanted = snippets.patterns(query.terms)
    passages = _passages(list(episodes), query, public, most)
    return [
        Hit(episodes[key], snippets.marked(_one_line(episodes[key].title), wanted), passages.get(key, []))
        for key in keys
        if key in episodes
    ]


def _one_line(text: str) -> str:
    return " ".join(shown(text).split())


def _passages(keys: list[int], query: Query, public: bool, most: int) -> dict[int, list[FoundPassage]]:
    chosen = _chosen(keys, query, public, most)
    rows: Any = Passage.objects.filter(pk__in=list(chain.from_iterable(chosen.values())))
    rows = rows.public() if public else rows
    columns = ("pk", "kind", "anchor", "text", "section", "section__heading")
    stored = {row["pk"]: row for row in rows.order_by().values(*columns)}
    wanted = snippets.patterns(query.terms)
    found = {key: [stored[one] for one in some if one in stored] for key, some in chosen.items()}
    return _in_context(found, wanted)


def _chosen(keys: list[int], query: Query, public: bool, most: int) -> dict[int, list[int]]:
    """Return the keys of the passages to show for each episode: those with most terms first, in the order of the page.

    Title and names are shown with the episode itself.
    """
    index = engine()
    terms: dict[int, Counter[int]] = defaultdict(Counter)
    for term in query.terms:
        phrases = [*term.phrases, *(phrase for part in term.parts for phrase in part.phrases)]
        for key in {key for phrase in phrases for key in index.passages(phrase, keys, shown=public)}:
            if number_of(key) > NAMES:
                terms[episode_of(key)][key] += 1
    return {
        episode: sorted(counts, key=lambda key, counts=counts: (-counts[key], key))[:most]  # type: ignore[misc]
        for episode, counts in terms.items()
    }


def _in_context(found: dict[int, list[dict[str, Any]]], wanted: list[Any]) -> dict[int, list[FoundPassage]]:
    made: list[tuple[int, dict[str, Any], Any]] = []
    places: list[landing.Place] = []
    for key, rows in found.items():
        for row in rows:
            parts, at = snippets.snippet(row["text"], wanted)
            if at < 0:
                continue
            made.append((key, row, parts))
            if row["section"]:
                places.append(landing.Place(row["section"], row["text"], at, row["anchor"]))
    anchors = iter(landing.anchors(places))
    passages: dict[int, list[FoundPassage]] = defaultdict(list)
    for key, row, parts in made:
        anchor = next(anchors) if row["section"] else row["anchor"]
        passages[key].append(FoundPassage(row["kind"], anchor, parts, _one_line(row["section__heading"] or "")))
    return passages


# --- facets


def _facets(episodes: set[int], known: Library, query: Query) -> dict[str, list[Choice]]:
    """Return the choices of each facet with their counts among the episodes found. Two queries, for names."""
    counts = Counter(chain.from_iterable(known.facts[key] for key in episodes))
    by_name: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for fact, count in counts.most_common():
        name, value = library.name_and_value(fact)
        if name == "year" or len(by_name[name]) < _CHOICES:
            by_name[name].append((value, count))
    # Tags and speakers of public episodes, as the library found them through `public()`.
    tags, speakers = Tag.objects.only("name", "slug"), Speaker.objects.not_rejected().only("name", "slug")
    labels: dict[str, dict[int, Any]] = {
        "tag": tags.in_bulk([value for value, _ in by_name["tag"]]),
        "speaker": speakers.in_bulk([value for value, _ in by_name["speaker"]]),
    }
    facets: dict[str, list[Choice]] = {
        "year": [
            Choice("year", str(value), str(value), count, query.years == (value, value))
            for value, count in sorted(by_name["year"], reverse=True)
        ]
    }
    chosen = {"tag": set(query.tags), "speaker": set(query.speakers)}
    for name, rows in labels.items():
        facets[name] = [
            Choice(name, row.slug, shown(row.name), count, bool(chosen[name] & {row.slug, row.name}))
            for value, count in by_name[name]
            if (row := rows.get(value)) is not None
        ]
    return {name: facets[name] for name in FACETS}


# --- other kinds


def _add_others(results: Results, query: Query, found: matching.Found, public: bool) -> None:
    """Add people, topics, quotes and predictions. At most one query for each, and one for passages."""
    text = " ".join(term.text for term in query.terms)
    joined = [one.row for one in results.aliases]
    for name, kind in (("people", "speaker"), ("topics", "entity")):
        rows = [row for row in joined if row._meta.model_name == kind]
        rows += [each.row for each in names.named_like(kind, text, _OTHERS, public)] if text else []
        setattr(results, name, list(dict.fromkeys(rows))[:_OTHERS])
    spoken = sorted((key for key in found.spoken if episode_of(key) in found.episodes), reverse=True)
    if spoken:
        _add_spoken(results, spoken[: 4 * _OTHERS], public)


def _add_spoken(results: Results, keys: Iterable[int], public: bool) -> None:
    rows: Any = Passage.objects.filter(pk__in=list(keys))
    rows = (rows.public() if public else rows).order_by("-pk").values_list("kind", "target_id")
    wanted: dict[str, list[int]] = defaultdict(list)
    for kind, key in rows:
        if key not in wanted[kind]:
            wanted[kind].append(key)
    for kind, model, name in (("quote", Quote, "quotes"), ("prediction", Prediction, "predictions")):
        some = wanted[kind][:_OTHERS]
        if some:
            items: Any = model._default_manager.filter(pk__in=some).select_related("episode", "speaker")
            by_key = {row.pk: row for row in (items.public() if public else items)}
            setattr(results, name, [by_key[key] for key in some if key in by_key])
