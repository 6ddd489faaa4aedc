"""Visitors' reports are listed and settled on the desk like other findings, and are published nowhere."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from episodes import derived
from episodes.models import Decision, Episode, Finding
from episodes.workflow import make_copy, report, snapshots, transition, undo
from tests import factories
from tests.episodes.desk.form_data import page_at, signed_in
from tests.episodes.desk.review.screen import address, press, thing
from tests.episodes.workflow.steps import refused, reloaded

pytestmark = pytest.mark.django_db

SAID = "Zanzibarquux, not Bob."


@pytest.fixture
def episode() -> Episode:
    return factories.full_episode(title="On engines")


def test_report_without_target_is_about_episode(episode: Episode) -> None:
    report(episode, None, SAID)
    finding = Finding.objects.get()
    assert (finding.message, finding.target, finding.severity) == (SAID, episode, "warning")


def test_equal_reports_are_one_finding(episode: Episode) -> None:
    quote, other = episode.quotes.get(), factories.quote(episode)
    for about in (quote, quote, reloaded(quote), other, None, None):
        report(episode, about, SAID, "time", "then")
    assert sorted(str(f.target) for f in Finding.objects.all()) == sorted(map(str, (quote, other, episode)))
    report(episode, quote, SAID, "name", "then")
    report(episode, quote, SAID, "time", "now")
    report(episode, quote, f"{SAID}!", "time", "then")
    assert Finding.objects.count() == 6


def test_repeated_report_does_not_reopen_finding(episode: Episode) -> None:
    quote = episode.quotes.get()
    report(episode, quote, SAID)
    transition(Finding.objects.get(), "waived", factories.editor())
    report(episode, quote, SAID)
    assert [finding.state for finding in Finding.objects.all()] == ["waived"]
    # A report with another text is another finding.
    type(quote).objects.update(version=2)
    report(episode, reloaded(quote), SAID)
    assert [finding.state for finding in Finding.objects.all()] == ["waived", "open"]


@pytest.mark.parametrize("status", ["draft", "in_review", "approved", "withdrawn"])
def test_report_about_hidden_episode_is_refused(episode: Episode, status: str) -> None:
    Episode.objects.update(status=status)
    assert refused(report, episode, None, SAID)
    Episode.objects.update(status="published", published_at=timezone.now() + timedelta(hours=1))
    assert refused(report, episode, None, SAID)


def test_report_about_working_copy_is_refused(episode: Episode) -> None:
    copy = make_copy(episode)
    assert refused(report, copy, None, SAID)


def test_report_is_shown_and_settled_on_review(episode: Episode) -> None:
    quote, section = episode.quotes.get(), episode.sections.get()
    for about in (quote, section, episode.chapters.get()):
        report(episode, about, f"{SAID} {thing(about)}")
        page = signed_in(factories.editor()).get(f"{address(episode)}?at={thing(about)}").content.decode()
        assert f"{SAID} {thing(about)}" in page
        finding = Finding.objects.get(message=f"{SAID} {thing(about)}")
        assert f'value="resolve:{finding.pk}"' in page
        press(factories.editor(), episode, f"resolve:{finding.pk}", thing(about))
        assert reloaded(finding).state == "resolved"
        assert Decision.objects.filter(to_status="resolved").count() == Finding.objects.filter(state="resolved").count()


def test_settlement_of_report_is_undone(episode: Episode) -> None:
    report(episode, None, SAID)
    transition(Finding.objects.get(), "resolved", factories.editor())
    undo(reloaded(episode), factories.editor())
    assert Finding.objects.get().state == "open"


def test_report_is_listed_on_desk(episode: Episode) -> None:
    report(episode, None, f"{SAID} <b>")
    client, finding = signed_in(factories.editor()), Finding.objects.get()
    first = client.get(page_at("admin:index")).content.decode()
    listed = f"{page_at('admin:episodes_finding_changelist')}?state__exact=open&code=reported"
    assert listed.replace("&", "&amp;") in first
    pages = [
        listed,
        page_at("admin:episodes_finding_change", finding.pk),
        page_at("admin:episodes_episode_change", episode.pk),
        address(episode),
    ]
    for page in pages:
        html = client.get(page).content.decode()
        assert f"{SAID} &lt;b&gt;" in html, page


def test_report_survives_checks_and_publication(episode: Episode) -> None:
    report(episode, episode.quotes.get(), SAID)
    derived.refresh(episode)
    transition(reloaded(episode), "withdrawn", factories.publisher(), "Asked to.")
    assert [(f.message, f.state) for f in Finding.objects.filter(origin="person")] == [(SAID, "open")]


def test_report_is_in_no_snapshot_or_export(episode: Episode, tmp_path: Any) -> None:
    report(episode, episode.quotes.get(), SAID, "private", SAID)
    assert "Zanzibarquux" not in json.dumps(snapshots.content_of(episode))
    call_command("export_notes", str(tmp_path), verbosity=0)
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert files
    assert [file for file in files if "Zanzibarquux" in file.read_text()] == []
    with open(tmp_path / "dump.md", "w") as file:
        call_command("dumpdata", "episodes.episode", format="md", stdout=file)
    assert "Zanzibarquux" not in (tmp_path / "dump.md").read_text()


def test_report_changes_no_date_or_version(episode: Episode) -> None:
    before = reloaded(episode).__dict__ | {"_state": None}
    report(episode, None, SAID)
    assert reloaded(episode).__dict__ | {"_state": None} == before
