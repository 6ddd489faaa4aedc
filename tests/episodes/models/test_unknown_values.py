"""Rows with unknown values, as an old database may have them: never decided, never public, no page fails."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import translation

from episodes import workflow
from episodes.bases.reviewable import ReviewLevel
from episodes.models import (
    ITEMS,
    REVIEWED,
    Appearance,
    Episode,
    Finding,
    Mention,
    Observation,
    Prediction,
    Quote,
    Section,
)
from episodes.site.syndication.sitemaps import SECTIONS
from episodes.workflow.guards import approval
from people.models import Entity, Speaker
from tests import factories
from tests.episodes.desk.form_data import signed_in
from tests.unconstrained_rows import without_checks

pytestmark = pytest.mark.django_db

ITEM_STATUSES = ("draft", "accepted", "evergreen", "rejected", "bogus", "")


@pytest.fixture
def episode() -> Episode:
    with without_checks(Episode, *REVIEWED, Appearance, Finding, Speaker, Entity):
        yield factories.full_episode(aired_on="2024-05-06")


def in_each_status(model: type) -> dict[str, int]:
    """Create a row of the model in every status and in two unknown ones; return {key: status}."""
    episode = factories.episode()
    rows = {}
    for status in ITEM_STATUSES:
        code = {"reject_code": "private"} if status == "rejected" else {}
        row = model.objects.create(episode=episode, status=status, self_verified=True, **code)
        rows[row.pk] = status
    return rows


def statuses(rows: dict[int, str], queryset) -> set[str]:
    return {rows[row.pk] for row in queryset if row.pk in rows}


@pytest.mark.parametrize("model", [Section, Quote, Prediction])
def test_querysets_admit_only_known_statuses(episode, model):
    rows = in_each_status(model)
    assert statuses(rows, model.objects.not_rejected()) == {"draft", "accepted", "evergreen"}
    assert statuses(rows, model.objects.reviewed()) == {"accepted", "evergreen"}
    assert statuses(rows, model.objects.undecided()) == {"draft", "bogus", ""}
    shown = {"draft", "accepted", "evergreen"} if model is Section else {"accepted", "evergreen"}
    assert statuses(rows, model.objects.shown()) == shown


@pytest.mark.parametrize("status", ["bogus", ""])
def test_unknown_status_has_no_review_level(status):
    assert Quote(status=status).review_level == ReviewLevel.UNREAD
    assert [Quote(status=known).review_level for known in ("draft", "accepted", "evergreen", "rejected")] == [
        0,
        1,
        2,
        0,
    ]


@pytest.mark.parametrize(
    ("status", "shown"), [("draft", "In short."), ("accepted", "In short."), ("rejected", ""), ("bogus", "")]
)
def test_summary_is_shown_in_known_statuses(status, shown):
    assert Episode(summary="In short.", summary_status=status).shown_summary == shown


def test_unknown_summary_status_blocks_approval(episode):
    user = factories.editor()
    for status, refused in (("draft", True), ("accepted", False), ("bogus", True)):
        Episode.objects.filter(pk=episode.pk).update(summary_status=status)
        episode.refresh_from_db()
        assert ("The summary is not reviewed yet." in refusals_of(episode, user)) == refused


def refusals_of(episode: Episode, user) -> list[str]:
    with translation.override("en"):
        return list(approval(episode, user, "", {}))


@pytest.mark.parametrize("model", REVIEWED)
def test_item_of_unknown_status_is_undecided(episode, model):
    user = factories.editor()
    name = f"1 × {model._meta.verbose_name}"
    model.objects.filter(episode=episode).update(status="accepted")
    assert not any(line.startswith("Not reviewed yet") and name in line for line in refusals_of(episode, user))
    model.objects.filter(episode=episode).update(status="bogus")
    assert any(line.startswith("Not reviewed yet") for line in refusals_of(episode, user))
    Episode.objects.filter(pk=episode.pk).update(status="in_review", claimed_by=user)
    episode.refresh_from_db()
    with pytest.raises(workflow.Refused):
        workflow.transition(episode, Episode.Status.APPROVED, user)


@pytest.mark.parametrize("status", ["bogus", "", "Published"])
def test_episode_of_unknown_status_is_hidden(episode, client, status):
    Episode.objects.filter(pk=episode.pk).update(status=status)
    assert set(Episode.objects.public()) == set()
    assert set(Episode.objects.tombstones()) == set()
    assert not Episode.objects.get(pk=episode.pk).is_public
    assert client.get(episode.get_absolute_url()).status_code == 404
    assert episode.title not in client.get("/").content.decode()


def test_unknown_finding_blocks_like_open_error(episode):
    states = (("open", "error"), ("open", "info"), ("bogus", "bogus"), ("waived", "error"), ("resolved", "bogus"))
    rows = {
        Finding.objects.create(
            episode=episode, code="c", message="m", origin="check", state=state, severity=severity, fingerprint=str(i)
        ).pk: (state, severity)
        for i, (state, severity) in enumerate(states)
    }
    assert {rows[f.pk] for f in Finding.objects.open()} == {("open", "error"), ("open", "info"), ("bogus", "bogus")}
    assert {rows[f.pk] for f in Finding.objects.blocking()} == {("open", "error"), ("bogus", "bogus")}


def unknown_everywhere(episode: Episode) -> None:
    for model in (*ITEMS, Section):
        model.objects.filter(episode=episode).update(status="bogus", reject_code="bogus")


def plain_values(episode: Episode) -> None:
    """Set unknown values in columns that are shown by label: kinds, roles, outcomes, languages."""
    Appearance.objects.update(role="bogus")
    Section.objects.update(kind="bogus")
    Observation.objects.update(kind="bogus")
    Prediction.objects.update(outcome="bogus", resolved_on="2024-05-07", due_on="2024-05-06")
    Episode.objects.update(language="bogus", form="bogus", translation_key="k")
    Entity.objects.update(kind="bogus", status="bogus")
    Speaker.objects.update(kind="bogus", status="bogus")
    for target in (None, episode.quotes.get()):
        unknown = {"severity": "bogus", "origin": "bogus", "state": "bogus"}
        Finding.objects.create(
            episode=episode, code="c", message="m", target=target, fingerprint=str(target), **unknown
        )


def public_addresses(episode: Episode) -> list[str]:
    names = ("llms", "sitemap", "site_rss", "site_atom", "site_json", "predictions_json", "predictions_atom")
    urls = [reverse(name) for name in (*names, "prediction_csv", "prediction_json", "glossary", "home", "about")]
    slugs = ("episode_markdown", "episode_chapters", "episode_chapters_vtt", "report", "episode_card")
    urls += [reverse(name, args=[episode.slug]) for name in slugs]
    urls += [reverse("sitemap_part", args=[section]) for section in SECTIONS]
    pages = list(factories.public_pages(episode).values())
    urls += [*pages, *(f"/en{page}" for page in pages)]
    urls += [f"/oembed?url=http://testserver{page}" for page in pages]
    return [
        *urls,
        *(f"{row.get_absolute_url()}card.png" for row in (episode.quotes.get(), episode.predictions.get())),
    ]


@pytest.mark.parametrize("change", [unknown_everywhere, plain_values])
def test_public_pages_survive_unknown_values(episode, client, change):
    change(episode)
    answers = {address: client.get(address).status_code for address in public_addresses(episode)}
    assert {address: code for address, code in answers.items() if code not in (200, 404)} == {}
    assert answers[episode.get_absolute_url()] == 200


@pytest.mark.parametrize("change", [unknown_everywhere, plain_values])
def test_desk_pages_survive_unknown_values(episode, change):
    change(episode)
    client = signed_in(factories.person("root", is_superuser=True))
    urls = [reverse(f"admin:episodes_episode_{name}", args=[episode.pk]) for name in ("change", "review", "preview")]
    for model in (*REVIEWED, Appearance, Finding, Episode):
        urls.append(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"))
        urls += [
            reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[row.pk])
            for row in model.objects.all()
        ]
    review = urls[1]
    for kind, model in (("section", Section), ("quote", Quote), ("observation", Observation), ("mention", Mention)):
        urls += [f"{review}?at={kind}-{row.pk}" for row in model.objects.all()]
    urls += [f"{review}?at=names", f"{review}?at=speakers", f"{review}?at=summary"]
    assert {address: client.get(address).status_code for address in urls} == dict.fromkeys(urls, 200)


def test_unknown_values_are_shown_unchanged(episode, client):
    plain_values(episode)
    prediction = client.get(episode.predictions.get().get_absolute_url()).content.decode()
    assert "bogus" in prediction
    page = client.get(episode.get_absolute_url()).content.decode()
    assert "Engine" not in page  # Its entity has an unknown status.
    Entity.objects.update(status="accepted")
    assert "Engine" in client.get(f"{episode.get_absolute_url()}?again").content.decode()


def test_text_of_unknown_status_is_hidden(episode, client):
    unknown_everywhere(episode)
    hidden = ("Words as spoken.", "It will rain.", "She nods.", "One thing.", "A chapter", "Some words.")
    for address in public_addresses(episode):
        response = client.get(address)
        text = response.content.decode("utf-8", "replace")
        assert [words for words in hidden if words in text] == []
