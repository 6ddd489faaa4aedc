"""The index follows what is written: nothing is missing, nothing is left behind."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from episodes import derived, workflow
from episodes.models import Episode, Passage, Quote, Section
from episodes.search import library, search, tokens
from episodes.search.engines import Entry, RebuildReplaced, engine
from tests import factories
from tests.episodes.search.library import draft, found, indexed

pytestmark = pytest.mark.django_db

WORDS = ("人工智能", "智能体", "工人", "engine", "steam engine", "体人工", "the", "能")


def texts_of(episode: Episode) -> list[str]:
    return [section.text for section in episode.sections.not_rejected()] + [episode.title]


def holds(text: str, words: str) -> bool:
    """Return whether a text holds words literally: Latin ones as words, whatever divides them."""
    if not words.isascii():
        return words in text
    plain = re.sub(r"[\W_]+", " ", text)
    return f" {words} " in f" {plain} "


def assert_index_is_exact() -> None:
    for words in WORDS:
        public = {one for one in Episode.objects.public() if any(holds(text, words) for text in texts_of(one))}
        query = f'"{words}"'
        assert set(found(query)) == public, words
        everything = {
            one
            for one in Episode.objects.all()
            if any(holds(text, words) for text in [one.title, *one.sections.values_list("text", flat=True)])
        }
        assert set(found(query, public=False)) == everything, words


edits = st.tuples(
    st.sampled_from(["new", "edit", "reject", "accept", "withdraw", "publish", "delete", "drop", "title", "rebuild"]),
    st.integers(0, 4),
    st.lists(st.sampled_from(["人", "工", "智能", "体", "。", " ", " engine ", " steam ", " the "]), max_size=9).map(
        "".join
    ),
)


def act(kind: str, number: int, text: str) -> None:
    episodes = list(Episode.objects.order_by("pk"))
    if kind == "new" or not episodes:
        made = factories.public_episode() if number % 2 else factories.episode()
        Section.objects.create(episode=made, heading="Part", text=text)
        derived.refresh(made)
        return
    episode = episodes[number % len(episodes)]
    section = episode.sections.last()
    if kind == "edit" and section is not None:
        Section.objects.filter(pk=section.pk).update(text=text)
        derived.refresh(episode)
    elif kind in ("reject", "accept") and section is not None:
        to = {"status": "rejected", "reject_code": "trivial"} if kind == "reject" else {"status": "accepted"}
        Section.objects.filter(pk=section.pk).update(**to)
        derived.store_passages(episode, ["section"])
    elif kind in ("withdraw", "publish"):
        status = "withdrawn" if kind == "withdraw" else "published"
        Episode.objects.filter(pk=episode.pk).update(status=status, published_at=timezone.now())
        derived.published_state(Episode.objects.get(pk=episode.pk))
    elif kind == "delete":
        episode.delete()
    elif kind == "drop" and section is not None:
        section.delete()
    elif kind == "title":
        Episode.objects.filter(pk=episode.pk).update(title=text)
        derived.refresh(Episode.objects.get(pk=episode.pk))
    elif kind == "rebuild":
        derived.rebuild_index()


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(edits, min_size=1, max_size=8))
def test_random_edits_leave_index_exact(steps):
    with transaction.atomic():
        for step in steps:
            act(*step)
        library.forget()
        assert_index_is_exact()
        transaction.set_rollback(True)


def index_size() -> int:
    return sum(sum(engine().matches(tokens.phrase(words), shown=False).counts.values()) for words in WORDS)


def test_withdrawn_episode_is_gone_at_once():
    made = indexed("engine")
    assert found("engine") == [made]
    workflow.transition(made, Episode.Status.WITHDRAWN, factories.publisher(), "A reason.")
    assert (found("engine"), search("engine").facets) == ([], {})
    assert found("engine", public=False) == [made]


def test_rejected_section_is_gone_at_once():
    made = indexed("engine")
    section = made.sections.get(heading="Part")
    workflow.transition(section, "rejected", factories.editor(), "trivial")
    assert (found("engine"), found("engine", public=False)) == ([], [made])
    workflow.transition(section, "accepted", factories.editor())
    assert found("engine") == [made]


def test_undecided_quote_is_not_public():
    made = indexed()
    row = factories.quote(made, text="engine", status="draft", speaker=factories.speaker())
    derived.refresh(made)
    assert (found("engine"), search("engine").quotes) == ([], [])
    workflow.transition(row, "accepted", factories.editor())
    assert search("engine").quotes == [row]
    row.refresh_from_db()
    row.episode = made
    workflow.transition(row, "rejected", factories.editor(), "trivial")
    assert (found("engine"), search("engine").quotes) == ([], [])


def test_rejected_summary_is_gone_at_once():
    made = indexed(summary="engine")
    workflow.transition(workflow.Summary(made), "rejected", factories.editor(), "trivial")
    assert found("engine") == []


def test_scheduled_episode_appears_without_a_write(monkeypatch):
    moment = timezone.now() + timedelta(hours=1)
    made = indexed("engine", published_at=moment)
    assert (found("engine"), search("engine").facets) == ([], {})
    monkeypatch.setattr(timezone, "now", lambda: moment + timedelta(seconds=1))
    assert found("engine") == [made]


def test_edit_replaces_words():
    made = draft("engine")
    Section.objects.filter(episode=made).update(text="steam")
    derived.refresh(made)
    assert (found("engine", public=False), found("steam", public=False)) == ([], [made])


def test_unchanged_episode_writes_nothing(django_assert_num_queries):
    made = factories.full_episode()
    derived.store_passages(made)
    before = list(Passage.objects.values())
    with django_assert_num_queries(11) as captured:
        derived.store_passages(made)
    assert [query["sql"][:6] for query in captured if query["sql"][:6] not in ("SELECT", "DECLAR")] == []
    assert list(Passage.objects.values()) == before


def test_deleted_episode_leaves_nothing():
    made = draft("人工智能 engine")
    assert index_size() > 0
    made.delete()
    assert (index_size(), Passage.objects.count()) == (0, 0)


def test_draft_changes_no_public_result():
    for text in ("engine one", "engine engine two", "engine " * 30):
        indexed(text)
    before = search("engine")
    for _ in range(5):
        draft("engine " * 9, title="Engine", aired_on="2024-01-01")
    after = search("engine")
    assert [hit.episode for hit in after.hits] == [hit.episode for hit in before.hits]
    assert (after.total, after.facets) == (before.total, before.facets)


def test_renamed_tag_is_found_by_its_name():
    made = factories.public_episode()
    tag = factories.tag(made, "steam")
    derived.store_passages(made)
    tag.name = "electricity"
    tag.save()
    derived.touch_public(Episode.objects.filter(tagged__tag=tag))
    assert (found("steam"), found("electricity")) == ([], [made])


def test_rejected_speaker_name_is_not_found():
    made = factories.public_episode()
    speaker = factories.speaker("Ada")
    factories.appearance(made, speaker, label="a guest")
    derived.store_passages(made)
    assert found("Ada") == [made]
    workflow.transition(speaker, "rejected", factories.editor(), "trivial")
    assert (found("Ada"), found("guest"), search("Ada").people) == ([], [made], [])


def test_working_copy_is_for_the_desk_only():
    made = indexed("engine")
    copy = workflow.revise(made, factories.editor())
    Section.objects.filter(episode=copy, heading="Part").update(text="steam")
    derived.refresh(copy)
    assert (found("steam"), found("steam", public=False)) == ([], [copy])
    workflow.discard(copy, factories.publisher())
    assert found("steam", public=False) == []


def test_rebuild_fills_an_empty_index():
    made = factories.public_episode(title="engine")
    hidden = factories.episode(title="engine")
    call_command("rebuild_search", verbosity=0)
    assert (found("engine"), set(found("engine", public=False))) == ([made], {made, hidden})


def test_rebuild_removes_ghosts():
    made = indexed("engine")
    engine().add([Entry(Passage.objects.filter(kind="section").first().pk, ["ghost"], True)])
    derived.rebuild_index()
    assert (found("ghost"), found("engine")) == ([], [made])


def test_other_tokenizer_version_is_indexed_again(monkeypatch):
    made = indexed("engine")
    monkeypatch.setattr("episodes.derived.passages.TOKENIZER_VERSION", 2)
    monkeypatch.setattr("episodes.derived.passages.tokens", lambda text: [f"{token}x" for token in tokens.tokens(text)])
    derived.rebuild_index()
    assert (found("engine"), found("enginex")) == ([], [made])
    assert set(Passage.objects.values_list("tokenizer_version", flat=True)) == {2}


def test_writes_during_a_rebuild_are_kept():
    made, other = indexed("engine"), indexed("steam")
    new: list[Episode] = []

    def write(count: int) -> None:
        if new:
            return
        Section.objects.filter(episode=made, heading="Part").update(text="motor")
        derived.refresh(made)
        other.delete()
        new.append(indexed("motor"))

    derived.rebuild_index(write)
    assert (found("engine"), found("steam"), set(found("motor"))) == ([], [], {made, *new})


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL replaces entries one by one")
def test_second_rebuild_ends_the_first():
    indexed("engine")
    with pytest.raises(RebuildReplaced):
        derived.rebuild_index(lambda count: engine().begin_rebuild() and indexed("another") and None)


def test_quotes_keep_their_rows():
    made = indexed()
    row = factories.quote(made, text="engine")
    derived.refresh(made)
    assert Passage.objects.get(kind="quote").item == Quote.objects.get(pk=row.pk)
