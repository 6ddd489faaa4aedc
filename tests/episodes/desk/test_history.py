"""History pages: every Decision of an object, newest first, and what Django's log adds."""

from __future__ import annotations

import html
import re
from datetime import date
from typing import Any

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from episodes import workflow
from episodes.models import Decision, Episode, Note, Section, Takeaway
from episodes.workflow import one_act
from people.models import Alias
from tests import factories
from tests.episodes.desk.form_data import page_at, save, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _english(_language: None) -> Any:
    with translation.override("en"):
        yield


@pytest.fixture
def root() -> Any:
    return factories.person("root", is_superuser=True, first_name="Rosa", last_name="Roth")


def page(client: Client, obj: Any, **query: str) -> str:
    answer = client.get(page_at(f"admin:{obj._meta.label_lower.replace('.', '_')}_history", obj.pk), query)
    assert answer.status_code == 200
    return answer.content.decode()


def acts(text: str) -> list[str]:
    """Return the text of each act, newest first; removed text as [-…-], added text as {+…+}."""
    marked = re.sub(r"</?del>", lambda m: "-]" if "/" in m[0] else "[-", text)
    marked = re.sub(r"</?ins>", lambda m: "+}" if "/" in m[0] else "{+", marked)
    found = re.findall(r'<li class="act.*?</li>', marked, re.DOTALL)
    words = [" ".join(html.unescape(re.sub(r"<time.*?</time>|<[^>]*>", " ", each)).split()) for each in found]
    return [re.sub(r" (only this)", "", each) for each in words]


def reword(row: Any, by: Any, **words: Any) -> None:
    with one_act():
        workflow.edited(row.episode, by)
        for name, value in words.items():
            setattr(row, name, value)
        workflow.save_words(row, words, by)


def claimed(by: Any) -> Episode:
    episode = factories.episode(title="On looms")
    workflow.transition(episode, "in_review", by)
    return episode


# --- content


def test_quote_changed_on_review_screen_is_listed(root: Any) -> None:
    episode = factories.episode()
    quote = factories.quote(episode, text="The engine weaves.", status="draft")
    address = page_at("admin:episodes_episode_review", episode.pk)
    data = {"thing": f"quote-{quote.pk}", "act": "save", "text": "The machine weaves."}
    assert signed_in(root).post(address, data).status_code == 302
    assert acts(page(signed_in(root), episode)) == [
        "Rosa Roth quote The machine weaves. edited text The [-engine-]{+machine+} weaves. draft → in review",
    ]
    assert acts(page(signed_in(root), quote)) == ["Rosa Roth edited text The [-engine-]{+machine+} weaves."]


def test_adopted_episode_shows_publisher_and_reason(root: Any) -> None:
    episode = factories.episode()
    workflow.transition(episode, "published", root, "Moved in.", adopts=True, published_at=timezone.now())
    assert acts(page(signed_in(root), episode)) == ["Rosa Roth draft → published Moved in."]


def test_item_shows_decisions_newest_first(root: Any) -> None:
    quote = factories.quote(claimed(root), status="draft")
    workflow.transition(quote, "accepted", root)
    workflow.transition(quote, "rejected", root, "not_said")
    assert acts(page(signed_in(root), quote)) == [
        "Rosa Roth accepted → rejected not said",
        "Rosa Roth draft → accepted",
    ]


def test_every_kind_of_item_has_decisions(root: Any) -> None:
    episode = factories.full_episode(status="draft", published_at=None)
    workflow.transition(episode, "in_review", root)
    rows = [getattr(episode, name).get() for name in ("sections", "chapters", "quotes", "predictions", "observations")]
    rows += [episode.takeaways.get(), episode.mentions.get(), factories.speaker(), factories.entity()]
    for row in rows:
        if hasattr(row, "episode"):
            row.episode = episode
        to = "rejected" if row.status in ("accepted", "draft") else "accepted"
        source = row.status
        workflow.transition(row, to, root, "trivial")
        assert acts(page(signed_in(root), row)) == [f"Rosa Roth {source} → rejected trivial"]


def test_changed_speaker_is_shown_by_name(root: Any) -> None:
    ada, bob = factories.speaker("Ada"), factories.speaker("Bob")
    quote = factories.quote(claimed(root), speaker=ada)
    reword(quote, root, speaker=bob, start=75)
    told = "Rosa Roth edited time [-00:01:05-]{+00:01:15+} speaker [-Ada-]{+Bob+}"
    assert acts(page(signed_in(root), quote)) == [told]


def test_outcome_of_a_prediction_is_shown(root: Any) -> None:
    row = factories.prediction(factories.public_episode(aired_on=date(2020, 1, 1)), due_on=date(2021, 1, 1))
    workflow.set_criteria(row, "Rain is measured.", factories.editor())
    workflow.resolve(row, "true", root, evidence="It rained.", resolved_on=date(2021, 1, 2))
    newest, oldest = acts(page(signed_in(root), row))
    assert newest.startswith("Rosa Roth outcome")
    assert "{+came true+}" in newest
    assert "{+It rained.+}" in newest
    assert oldest == "edith criteria criteria {+Rain is measured.+}"


def test_finding_shows_its_decisions(root: Any) -> None:
    finding = claimed(root).findings.create(code="c", severity="info", message="m", origin="check", fingerprint="f")
    workflow.transition(finding, "waived", root, "It may stay.")
    assert acts(page(signed_in(root), finding)) == ["Rosa Roth open → waived It may stay."]


def test_undone_and_undoing_acts_are_marked(root: Any) -> None:
    episode = claimed(root)
    section = Section.objects.create(episode=episode, text="Words.")
    workflow.transition(section, "accepted", root)
    workflow.undo(episode, root)
    assert acts(page(signed_in(root), section)) == [
        "Rosa Roth Undoes what Rosa Roth did. accepted → draft",
        "Rosa Roth Undone by Rosa Roth. draft → accepted",
    ]


def test_act_on_many_rows_is_one_entry(root: Any) -> None:
    episode = claimed(root)
    with one_act():
        for n in range(30):
            workflow.transition(factories.quote(episode, text=f"Quote {n}", status="draft"), "accepted", root)
    text = page(signed_in(root), episode)
    assert len(acts(text)) == 2
    assert text.count('class="step"') == 20 + 1
    assert "10 more" in acts(text)[0]
    act = Decision.objects.filter(to_status="accepted").first().act
    assert page(signed_in(root), episode, act=str(act)).count('class="step"') == 30


# --- working copies


def test_working_copy_edits_appear_in_row_history(root: Any) -> None:
    episode = factories.public_episode(summary="")
    row = Takeaway.objects.create(episode=episode, text="One thing.", status="accepted")
    copy = workflow.revise(episode, root)
    twin = Takeaway.objects.get(episode=copy)
    twin.episode = copy
    reword(twin, root, text="Two things.")
    told = ["Rosa Roth in the draft of changes edited text [-One thing-]{+Two things+}."]
    assert acts(page(signed_in(root), row)) == told
    workflow.approve_and_publish(copy, root)
    assert acts(page(signed_in(root), row)) == told
    whole = acts(page(signed_in(root), episode))
    assert not any("#" in each for each in whole)
    assert sum("takeaway Two things. in the draft of changes edited" in each for each in whole) == 1
    assert sum("[-One thing-]{+Two things+}" in each for each in whole) == 1


def test_working_copy_shows_history_of_its_episode(root: Any) -> None:
    episode = factories.public_episode()
    copy = workflow.revise(episode, root)
    assert acts(page(signed_in(root), copy)) == acts(page(signed_in(root), episode)) != []


# --- log entries and imports


def test_log_entry_shows_only_what_decisions_lack(root: Any) -> None:
    speaker = factories.speaker("Ada")
    alias = Alias.objects.create(name="Countess", speaker=speaker)
    client = signed_in(root)
    assert save(client, speaker, headline="Mathematician").status_code == 302
    assert acts(page(client, speaker)) == ["Rosa Roth edited headline {+Mathematician+}"]
    message = [{"changed": {"fields": ["Headline"]}}, {"added": {"name": "alias", "object": "Countess"}}]
    LogEntry.objects.log_actions(root.pk, [speaker], CHANGE, message, single_object=True)
    assert "Added alias “Countess”." in acts(page(client, speaker))[0]
    assert save(client, alias, name="Lovelace").status_code == 302
    assert acts(page(client, alias)) == ["Rosa Roth Changed Name."]


def test_tag_history_shows_names_and_episodes(root: Any) -> None:
    episode = claimed(root)
    episode.tags.add("织机")
    workflow.record_edits([(episode, "tags", [], ["织机"])], root)
    workflow.record_edits([(episode, "tags", ["a"], ["a", "b"])], root)
    (told,) = acts(page(signed_in(root), episode.tags.get()))
    assert told.startswith("Rosa Roth episode On looms edited")
    assert "织机" in told


def test_note_history_shows_import(root: Any) -> None:
    episode = factories.episode()
    note = Note.objects.create(episode=episode, name="a.md", dialect="front_matter", text="t")
    told = ["Import a.md was imported: Markdown with front matter, current."]
    assert acts(page(signed_in(root), note)) == told == acts(page(signed_in(root), episode))


def test_empty_history_shows_message(root: Any) -> None:
    assert "No decisions or changes yet." in page(signed_in(root), factories.episode())


# --- filters, pages, queries


def test_history_is_filtered_by_kind_and_item(root: Any) -> None:
    episode = claimed(root)
    one, two = (factories.quote(episode, text=f"Quote {n}", status="draft") for n in (1, 2))
    workflow.transition(one, "accepted", root)
    workflow.transition(two, "accepted", root)
    client = signed_in(root)
    assert len(acts(page(client, episode))) == 3
    assert len(acts(page(client, episode, kind="quote"))) == 2
    assert acts(page(client, episode, kind="episode")) == ["Rosa Roth draft → in review"]
    assert acts(page(client, episode, about=f"quote-{one.pk}")) == ["Rosa Roth quote Quote 1 draft → accepted"]
    for odd in ("quote-99999999999999999999", "nonsense", "user-1"):
        assert acts(page(client, episode, about=odd)) == []
    assert acts(page(client, episode, act="nonsense")) == []


@pytest.mark.parametrize("rows", [3, 40])
def test_query_count_is_independent_of_acts(root: Any, rows: int, django_assert_max_num_queries: Any) -> None:
    episode = claimed(root)
    who = factories.speaker()
    for n in range(rows):
        quote = factories.quote(episode, text=f"Quote {n}", status="draft")
        workflow.transition(quote, "accepted", root)
        reword(quote, root, text=f"Other {n}", speaker=who)
        finding = episode.findings.create(code="c", severity="info", message="m", origin="check", fingerprint=str(n))
        workflow.transition(finding, "resolved", root)
    client = signed_in(root)
    page(client, episode)
    # Two for the user; the episode, its working copies, decisions, log entries and imports; kinds of the filter; the
    # decisions of the page, their targets of three kinds, names of speakers, users, and what was undone.
    with django_assert_max_num_queries(18):
        text = page(client, episode)
    assert len(acts(text)) == min(25, 1 + 3 * rows)
    assert ("?p=2" in text) == (rows > 10)


# --- permissions


def test_history_shows_only_viewable_kinds(root: Any) -> None:
    episode = claimed(root)
    quote = factories.quote(episode, text="Secret words", status="draft")
    workflow.transition(quote, "accepted", root)
    visitor = factories.person("vic")
    client = signed_in(visitor)
    for obj in (episode, quote):
        assert client.get(page_at(f"admin:episodes_{obj._meta.model_name}_history", obj.pk)).status_code == 403
    visitor.user_permissions.add(Permission.objects.get(codename="view_episode"))
    text = page(client, episode)
    assert acts(text) == ["Rosa Roth draft → in review"]
    assert "Secret words" not in text
    assert client.get(page_at("admin:episodes_quote_history", quote.pk)).status_code == 403


def test_history_of_deleted_object_redirects_to_index(root: Any) -> None:
    assert signed_in(root).get(page_at("admin:episodes_quote_history", 99)).status_code == 302


def test_history_is_shown_in_the_readers_language(root: Any) -> None:
    episode = claimed(root)
    workflow.release(episode, root)
    with translation.override("zh-hans"):
        answer = signed_in(root).get(reverse("admin:episodes_episode_history", args=[episode.pk]))
    told = acts(answer.content.decode())
    assert told == ["Rosa Roth 审阅中 → 草稿 交回", "Rosa Roth 草稿 → 审阅中"]


def test_forms_and_review_screen_link_to_history(root: Any) -> None:
    episode = claimed(root)
    quote = factories.quote(episode)
    client = signed_in(root)
    history = {obj: page_at(f"admin:episodes_{obj._meta.model_name}_history", obj.pk) for obj in (episode, quote)}
    assert history[episode] in client.get(page_at("admin:episodes_episode_change", episode.pk)).content.decode()
    assert history[quote] in client.get(page_at("admin:episodes_quote_change", quote.pk)).content.decode()
    screen = client.get(page_at("admin:episodes_episode_review", episode.pk), {"at": f"quote-{quote.pk}"})
    assert all(f'href="{address}"' in screen.content.decode() for address in history.values())


def test_log_of_unnamed_section_is_language_neutral(root: Any) -> None:
    section = Section.objects.create(episode=factories.episode(), text="Words.", kind="brief", order=2)
    assert save(signed_in(root), section, text="Others.").status_code == 302
    assert LogEntry.objects.get().object_repr == "§ 3"
