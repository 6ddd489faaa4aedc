"""A library with a row of every kind, status and code, with Chinese or English content."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.utils import timezone, translation

from episodes import workflow
from episodes.bases import code_labels
from episodes.bases.reviewable import RejectCode
from episodes.models import (
    Appearance,
    Chapter,
    Episode,
    Finding,
    Gloss,
    Mention,
    Note,
    Observation,
    Prediction,
    Quote,
    Section,
    Takeaway,
)
from episodes.workflow import Summary, one_act, reports
from people.models import Alias, Entity, Speaker
from tests import factories

WORDS = {"zh": "织机编出花样", "en": "The loom weaves"}
OTHER = {"zh": "提花机织出纹样", "en": "The engine spins"}


def root(name: str = "9") -> Any:
    """Return a superuser; the name is a word of no language."""
    return factories.person(name, is_superuser=True)


def library(words: str) -> Episode:
    """Return a public episode with a working copy. `words`: "zh" or "en"."""
    with translation.override("en"):
        # All actions run in English; what they store must be language-neutral.
        return _Library(words).made()


class _Library:
    def __init__(self, words: str) -> None:
        self.text, self.other = WORDS[words], OTHER[words]
        self.language = "zh-Hans" if words == "zh" else "en"
        self.by = root()

    def made(self) -> Episode:
        episode = self._episode(summary=self.text, aired_on=date(2024, 1, 2), duration=60)
        self._rows(episode)
        self._decide(episode)
        self._findings(episode)
        self._notes(episode)
        for status in Episode.Status.values:
            public = status in ("published", "evergreen", "withdrawn")
            self._episode(status=status, published_at=timezone.now() if public else None, adopted=public)
        return self._published(episode)

    def _episode(self, **fields: Any) -> Episode:
        return factories.episode(title=self.text, language=self.language, **fields)

    def _rows(self, episode: Episode) -> None:
        speakers = [factories.speaker(self.text, kind=kind) for kind in Speaker.Kind.values]
        entities = [factories.entity(self.text, kind=kind) for kind in Entity.Kind.values]
        Alias.objects.create(name=self.other, speaker=speakers[0])
        for order, kind in enumerate(Section.Kind.values):
            Section.objects.create(episode=episode, kind=kind, text=self.text, order=order)
        for n, role in enumerate(Appearance.Role.values):
            Appearance.objects.create(episode=episode, role=role, label=self.text, speaker=speakers[0] if n else None)
        for n in range(len(RejectCode.values) + 2):
            Quote.objects.create(episode=episode, text=f"{self.text}{n}", start=n, label=self.text, speaker=speakers[0])
        for outcome in ("", *Prediction.Outcome.values):
            Prediction.objects.create(
                episode=episode, words=f"{self.text} {len(outcome)}", speaker=speakers[0], label=self.text,
                due_on=date(2025, 1, 1), criteria=self.text, outcome=outcome, evidence=self.text if outcome else "",
            )  # fmt: skip
        for kind in Observation.Kind.values:
            Observation.objects.create(episode=episode, kind=kind, detail=self.text)
        Chapter.objects.create(episode=episode, start=5, title=self.text)
        Takeaway.objects.create(episode=episode, text=self.text)
        for n, entity in enumerate(entities):
            Mention.objects.create(episode=episode, entity=entity, listed_as=str(n))
        Gloss.objects.create(episode=episode, term=self.text, explanation=self.text)
        episode.tags.add(self.text)

    def _decide(self, episode: Episode) -> None:
        """Make every kind of decision, undone ones included."""
        workflow.transition(episode, "in_review", self.by)
        workflow.release(episode, self.by)
        workflow.transition(episode, "in_review", self.by)
        quotes = self._of(episode, Quote)
        for row, code in zip(quotes, RejectCode.values, strict=False):
            workflow.transition(row, "rejected", self.by, code)
        workflow.transition(quotes[0], "accepted", self.by)
        with one_act():
            workflow.edited(episode, self.by)
            quotes[0].text = self.other
            quotes[0].start = 7
            workflow.save_words(quotes[0], ["text", "start"], self.by)
        workflow.undo(episode, self.by)
        speaker, entity = Speaker.objects.order_by("pk").first(), Entity.objects.order_by("pk").first()
        for named in (speaker, entity):
            workflow.transition(named, "accepted", self.by)
        row = self._of(episode, Prediction)[0]
        workflow.set_criteria(row, self.other, self.by)
        # The requested change is resolved, so that the episode can be approved.
        workflow.transition(episode, "changes_requested", self.by, findings=[{"field": "title", "message": self.text}])
        for finding in episode.findings.all():
            workflow.transition(finding, "resolved", self.by)
        workflow.transition(episode, "in_review", self.by)

    def _of(self, episode: Episode, model: Any) -> list[Any]:
        rows = list(model._default_manager.filter(episode=episode).order_by("pk"))
        for row in rows:
            row.episode = episode
        return rows

    def _findings(self, episode: Episode) -> None:
        quote = episode.quotes.first()
        for n, code in enumerate(code_labels.FINDING_CODES):
            if code != "changes-requested":
                Finding.objects.create(
                    episode=episode, code=code, severity=("warning", "info")[n % 2], message=self.text,
                    origin=Finding.Origin.values[n % 3], state=Finding.State.values[n % 3], fingerprint=code,
                    target=quote, field="text", repair={"text": self.other} if n % 2 else None,
                )  # fmt: skip

    def _notes(self, episode: Episode) -> None:
        dialects = (*code_labels.DIALECTS, *code_labels.DIALECTS)
        for n, (state, dialect) in enumerate(zip(Note.State.values, dialects, strict=False)):
            Note.objects.create(episode=episode, name=f"{n}.md", dialect=dialect, text=self.text, state=state)

    def _published(self, episode: Episode) -> Episode:
        """Publish the episode, report an error, publish a revision, and start another working copy."""
        workflow.transition(Summary(episode), "accepted", self.by)
        for model in (Section, Quote, Prediction, Observation, Chapter, Takeaway, Mention):
            for row in self._of(episode, model):
                if row.status == "draft":
                    workflow.transition(row, "accepted", self.by)
        workflow.transition(episode, "approved", self.by)
        workflow.transition(episode, "published", self.by)
        for kind in ("", *reports.Kind.values):
            workflow.report(episode, episode.quotes.first(), self.text, kind, self.other)
        episode = self._revised(episode)
        workflow.discard(workflow.revise(episode, self.by), self.by)
        workflow.restore(episode.snapshots.order_by("number")[0], self.by)
        Episode.objects.filter(pk=episode.pk).update(claimed_at=timezone.now() - timedelta(days=2))
        return Episode.objects.get(pk=episode.pk)

    def _revised(self, episode: Episode) -> Episode:
        copy = workflow.revise(episode, self.by)
        row = self._of(copy, Takeaway)[0]
        with one_act():
            workflow.edited(copy, self.by)
            row.text = self.other
            workflow.save_words(row, ["text"], self.by)
        workflow.approve_and_publish(copy, self.by)
        return Episode.objects.get(pk=episode.pk)
