"""Nothing hidden is reachable, listed, offered or counted."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from episodes.models import Chapter, Episode, Gloss, Observation, Section, Takeaway
from people.models import Alias, Speaker
from tests import factories

pytestmark = pytest.mark.django_db

CANARY = "Zanzibarquux"
SOON = timezone.now() + timedelta(days=1)
HIDDEN = {
    "draft": {"status": "draft"},
    "in review": {"status": "in_review"},
    "approved": {"status": "approved"},
    "scheduled": {"status": "published", "published_at": SOON},
    "withdrawn": {
        "status": "withdrawn",
        "published_at": timezone.now() - timedelta(days=1),
        "withdrawn_reason": "Asked.",
    },
}


def hidden_episode(**fields: object) -> Episode:
    """Create a hidden episode with the canary in every text."""
    made = factories.full_episode(
        **{"published_at": None, "slug": "hidden", "title": CANARY, "summary": CANARY, "insight": CANARY}
        | {"area": CANARY, "category": CANARY, "series": CANARY, "translation_key": "pair", "source_url": CANARY}
        | {"aired_on": "1912-06-23", "language": "zh-Hant", "extra": {CANARY: CANARY}, "projects": [CANARY]}
        | fields
    )
    made.sections.update(heading=CANARY, text=CANARY, html=CANARY)
    made.chapters.update(title=CANARY, summary=CANARY)
    made.quotes.update(text=CANARY, context=CANARY, label=CANARY)
    made.predictions.update(words=CANARY, claim=CANARY, criteria=CANARY, evidence=CANARY, horizon=CANARY)
    made.observations.update(cue=CANARY, detail=CANARY, reading=CANARY)
    made.takeaways.update(text=CANARY, heading=CANARY)
    made.glosses.update(term=CANARY, expansion=CANARY, explanation=CANARY)
    made.appearances.update(label=CANARY)
    Speaker.objects.filter(appearances__episode=made).update(name=CANARY, slug="hidden-speaker", bio=CANARY)
    entity = made.mentions.get().entity
    entity.name, entity.slug, entity.summary = CANARY, "hidden-entity", CANARY
    entity.save()
    made.tagged.all().delete()
    factories.tag(made, CANARY)
    return made


LISTS = ("home", "episode_list", "speaker_list", "entity_list", "quote_list", "prediction_list", "tag_list")
LISTS += ("series_list", "glossary")


def every_page(*things: Any) -> list[str]:
    pages = [reverse(name) for name in LISTS]
    pages += [thing.get_absolute_url() for thing in (*Episode.objects.public(), *things)]
    return [*pages, *(f"/en{page}" for page in pages)]


@pytest.mark.parametrize("state", HIDDEN)
def test_hidden_episode_is_on_no_page(client: Client, state: str) -> None:
    shown = factories.full_episode(title="Shown", translation_key="pair")
    hidden_episode(**HIDDEN[state])
    things = [shown.appearances.get().speaker, shown.mentions.get().entity, shown.quotes.get(), shown.tags.get()]
    for address in every_page(*things):
        answer = client.get(address)
        assert answer.status_code == 200
        assert CANARY not in answer.content.decode(), address


@pytest.mark.parametrize("state", HIDDEN)
def test_objects_of_hidden_episode_have_no_page(client: Client, state: str) -> None:
    hidden = hidden_episode(**HIDDEN[state])
    pages = factories.public_pages(hidden)
    for name in ("speaker", "entity", "quote", "prediction"):
        assert client.get(pages[name]).status_code == 404, name
    assert client.get(reverse("tag", args=[CANARY])).status_code == 404
    answer = client.get(hidden.get_absolute_url())
    assert answer.status_code == (410 if state == "withdrawn" else 404)
    assert CANARY not in answer.content.decode()


@pytest.mark.parametrize("state", HIDDEN)
def test_hidden_episode_is_not_counted(client: Client, state: str) -> None:
    hidden_episode(**HIDDEN[state])
    form = client.get(reverse("episode_list")).context["filterset"].form
    for name in ("area", "category", "speaker", "entity", "tag", "language", "year"):
        assert len(form.fields[name].widget.choices) == 1, name
    for name in LISTS[1:]:
        assert client.get(reverse(name)).context["paginator"].count == 0, name


@pytest.mark.parametrize(
    "query", [f"q={CANARY}", "speaker=hidden-speaker", "entity=hidden-entity", f"tag={CANARY}", f"area={CANARY}"]
)
def test_filters_match_no_hidden_rows(client: Client, query: str) -> None:
    hidden_episode(status="draft")
    answer = client.get(f"{reverse('episode_list')}?{query}")
    assert answer.status_code == 200
    assert answer.context["paginator"].count == 0


def test_withdrawn_episode_answers_410_with_reason(client: Client) -> None:
    gone = factories.public_episode(status="withdrawn", title=CANARY, withdrawn_reason="The speaker <asked> for it.")
    answer = client.get(gone.get_absolute_url())
    assert answer.status_code == 410
    html = answer.content.decode()
    assert "The speaker &lt;asked&gt; for it." in html
    assert CANARY not in html
    assert reverse("episode_list") in html
    assert answer["Cache-Control"].startswith("public")


def test_working_copy_is_never_shown(client: Client) -> None:
    shown = factories.public_episode(title="Shown")
    copy = hidden_episode(status="draft", revises=shown)
    assert client.get(copy.get_absolute_url()).status_code == 404
    assert CANARY not in client.get(shown.get_absolute_url()).content.decode()
    assert list(client.get(reverse("episode_list")).context["page_obj"]) == [shown]


@pytest.mark.parametrize("status", ["draft", "rejected"])
def test_undecided_items_are_not_shown(client: Client, status: str) -> None:
    made = factories.public_episode()
    review = {"status": status, "reject_code": "trivial" if status == "rejected" else ""}
    quote = factories.quote(made, text=CANARY, context=CANARY, label=CANARY, **review)
    prediction = factories.prediction(made, words=CANARY, claim=CANARY, label=CANARY, **review)
    Chapter.objects.create(episode=made, title=CANARY, summary=CANARY, **review)
    Observation.objects.create(episode=made, kind="tell", cue=CANARY, detail=CANARY, reading=CANARY, **review)
    Takeaway.objects.create(episode=made, text=CANARY, heading=CANARY, **review)
    for address in every_page():
        assert CANARY not in client.get(address).content.decode(), address
    assert client.get(quote.get_absolute_url()).status_code == 404
    assert client.get(prediction.get_absolute_url()).status_code == 404


def test_rejected_section_hides_its_glosses(client: Client) -> None:
    made = factories.public_episode()
    rejected = {"status": "rejected", "reject_code": "private"}
    section = Section.objects.create(episode=made, heading=CANARY, text=CANARY, html=CANARY, **rejected)
    Gloss.objects.create(episode=made, section=section, term=CANARY)
    factories.mention(made, factories.entity(CANARY), **rejected)
    for address in every_page():
        assert CANARY not in client.get(address).content.decode(), address
    found = client.get(f"{reverse('episode_list')}?q={CANARY}")
    assert found.context["paginator"].count == 0


def test_unreviewed_section_is_shown(client: Client) -> None:
    made = factories.public_episode()
    Section.objects.create(episode=made, heading="Unread", text="Not read by anybody.")
    assert "Not read by anybody." in client.get(made.get_absolute_url()).content.decode()


def test_rejected_speaker_is_on_no_page(client: Client) -> None:
    made = factories.public_episode()
    ada = factories.speaker(CANARY, status="rejected", reject_code="duplicate")
    Alias.objects.create(name=CANARY, speaker=ada)
    factories.appearance(made, ada, label="A. Lovelace")
    factories.quote(made, speaker=ada, label="A. L.")
    factories.prediction(made, speaker=ada, label="A. L.")
    for address in every_page(made.quotes.get(), made.predictions.get()):
        assert CANARY not in client.get(address).content.decode(), address
    assert client.get(ada.get_absolute_url()).status_code == 404
    html = client.get(made.get_absolute_url()).content.decode()
    assert "A. Lovelace" in html
    assert f"/speakers/{ada.slug}/" not in html


def test_rejected_entity_is_on_no_page(client: Client) -> None:
    made = factories.public_episode()
    engine = factories.entity(CANARY, status="rejected", reject_code="trivial")
    factories.mention(made, engine)
    for address in every_page():
        assert CANARY not in client.get(address).content.decode(), address
    assert client.get(engine.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("status", ["draft", "accepted"])
def test_unreviewed_profile_is_not_shown(client: Client, status: str) -> None:
    words = {"links": [f"https://{CANARY}.example/"], "status": status}
    made = factories.public_episode()
    ada = factories.speaker("Ada", bio=CANARY, headline=CANARY, **words)
    engine = factories.entity("Engine", summary=CANARY, **words)
    factories.appearance(made, ada)
    factories.mention(made, engine)
    for thing in (ada, engine):
        html = client.get(thing.get_absolute_url()).content.decode()
        assert (CANARY in html) is (status == "accepted")
    assert (CANARY in client.get(reverse("speaker_list")).content.decode()) is (status == "accepted")


def test_insight_needs_its_flag(client: Client) -> None:
    made = factories.public_episode(insight=CANARY)
    assert CANARY not in client.get(made.get_absolute_url()).content.decode()
    Episode.objects.update(insight_public=True)
    assert CANARY in client.get(made.get_absolute_url()).content.decode()


def test_desk_data_is_not_shown(client: Client) -> None:
    made = factories.public_episode(
        extra={CANARY: CANARY}, projects=[CANARY], aired_on_raw=CANARY, duration_raw=CANARY, source_id=CANARY
    )
    made.notes.create(name=CANARY, dialect=CANARY, text=CANARY, digest=CANARY)
    made.findings.create(code=CANARY, severity="error", message=CANARY, origin="check", fingerprint=CANARY)
    for address in every_page():
        assert CANARY not in client.get(address).content.decode(), address
