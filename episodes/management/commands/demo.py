"""Fill a new site with sample notes and demo users. Requires DEBUG."""

from __future__ import annotations

import socket
from argparse import ArgumentParser
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from episodes import derived, workflow
from episodes.bases.reviewable import RejectCode, Status
from episodes.bases.users import User
from episodes.models import REVIEWED, Appearance, Episode, Finding, Note, Prediction
from episodes.workflow import Summary, transition
from people.models import Speaker

FIXTURES = settings.BASE_DIR / "fixtures"
# Notes to publish. The others stay drafts with findings, so that the desk has work to show.
PUBLISHED = (
    "bush-1945-as-we-may-think-reading.md",
    "dijkstra-1972-humble-programmer.md",
    "feynman-1959-plenty-of-room.md",
    "hamming-1986-you-and-your-research.md",
    "hopper-1982-future-possibilities.md",
    "licklider-1960-man-computer-symbiosis.md",
    "moore-1965-cramming-components.md",
)
# Values that an editor adds before the approval: this note has neither source nor summary.
ADDED = {
    "hopper-1982-future-possibilities.md": {
        "source_url": "https://www.youtube.com/watch?v=si9iqF5uTFk",
        "summary": "格蕾丝·霍珀1982年的讲座：用一段电线说明一纳秒，主张把数据当作资产，"
        "并预言许多小机器会胜过一台大机器。",
    }
}
# Predictions with outcome by note: (words, horizon, due_on, criteria, evidence).
PREDICTED = {
    "moore-1965-cramming-components.md": (
        "By 1975, the number of components per integrated circuit for minimum cost will be 65,000.",
        "by 1975",
        date(1975, 12, 31),
        "An integrated circuit with about 65,000 components is made by the end of 1975.",
        "In 1975 Moore could point to a charge-coupled memory with about that many components; it was the largest of "
        "its series, not the average.",
    )
}
# Notes that a second user verifies completely.
EVERGREEN = ("dijkstra-1972-humble-programmer.md", "moore-1965-cramming-components.md")
PASSWORD = "greenroom"  # noqa: S105 - public; people.auth refuses demo users outside DEBUG


class Command(BaseCommand):
    """Load and publish the sample notes. Safe to run again: what exists is kept."""

    help = "Load sample notes and demo users, publish some of them through the workflow, print where to look."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--notes", metavar="PATH", help="a folder of note files to load as well; they stay drafts")
        parser.add_argument("--port", default="8000")

    def handle(self, *, notes: str | None, port: str, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("The demo has passwords that everybody knows. It runs with DEBUG=True only: make demo.")
        _try_port(port)
        users = get_user_model().objects
        if not users.filter(username="demo-editor").exists():
            call_command("loaddata", FIXTURES / "demo_users.json", verbosity=0)
        samples = sorted(str(path) for path in (FIXTURES / "notes").glob("*.md"))
        call_command("loaddata", *samples, verbosity=1, stdout=self.stdout)
        editor, publisher = users.get(username="demo-editor"), users.get(username="demo-publisher")
        verifier = users.get(username="demo-verifier")
        for note in Note.objects.current().filter(name__in=PUBLISHED, episode__status=Episode.Status.DRAFT):
            with transaction.atomic():
                publish(note, editor, publisher)
                judge(note, editor, verifier)
                if note.name in EVERGREEN:
                    mark_evergreen(note.episode, verifier)
        if notes:
            self._import(notes)
        self._print_addresses(port)

    def _import(self, notes: str) -> None:
        """Import further notes. Errors are printed and do not stop the demo."""
        try:
            call_command("import_notes", notes, stdout=self.stdout, stderr=self.stderr)
        except CommandError as error:
            self.stderr.write(str(error))

    def _print_addresses(self, port: str) -> None:
        site = f"http://127.0.0.1:{port}/"
        public, total = Episode.objects.public().count(), Episode.objects.library().count()
        self.stdout.write(
            f"\n{public} of {total} episodes are published, the others wait on the desk.\n"
            f"  pages  {site}   in English {site}en/\n"
            f"  desk   {site}admin/   in English {site}en/admin/\n"
            f"  users  demo-editor, demo-verifier, demo-publisher, demo-librarian, demo-admin; password {PASSWORD}\n"
            "Stop with Ctrl+C. The next start keeps everything.\n"
        )


def _try_port(port: str) -> None:
    """Raise CommandError if the server could not use the port, before the slow part begins."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", int(port)))
        except (OSError, ValueError, OverflowError):
            raise CommandError(f"Port {port} is not free. Choose another: make demo PORT=8001") from None


def publish(note: Note, editor: User, publisher: User) -> None:
    """Review, approve and publish the episode of a sample note. Items with errors or without speaker are rejected."""
    episode = note.episode
    transition(episode, Episode.Status.IN_REVIEW, editor)
    _complete(episode, ADDED.get(note.name, {}), editor)
    _predict(episode, note.name)
    wrong = set(Finding.objects.blocking().filter(episode=episode).values_list("target_type__model", "target_id"))
    if episode.summary:
        transition(Summary(episode), Status.ACCEPTED, editor)
    for model in REVIEWED:
        for item in model.objects.filter(episode=episode).undecided():
            item.episode = episode
            if (model._meta.model_name, item.pk) in wrong or getattr(item, "speaker_id", 0) is None:
                code = RejectCode.WRONG_TIME if (model._meta.model_name, item.pk) in wrong else RejectCode.WRONG_SPEAKER
                transition(item, Status.REJECTED, editor, code)
            else:
                transition(item, Status.ACCEPTED, editor)
    derived.refresh(episode)
    transition(episode, Episode.Status.APPROVED, editor)
    transition(episode, Episode.Status.PUBLISHED, publisher)


def _complete(episode: Episode, added: dict[str, str], editor: User) -> None:
    """Set missing values, and the guest as speaker of all items: in these recordings one person speaks."""
    guest = episode.appearances.filter(role=Appearance.Role.GUEST, speaker__isnull=False).first()
    for relation in (episode.quotes, episode.predictions):
        relation.filter(speaker__isnull=True).update(speaker=guest.speaker if guest else None)
    for name, value in added.items():
        setattr(episode, name, value)
    episode.save(update_fields=list(added))
    workflow.edited(episode, editor)
    derived.refresh(episode)


def _predict(episode: Episode, name: str) -> None:
    if name in PREDICTED:
        words, horizon, *_outcome = PREDICTED[name]
        credit = episode.appearances.filter(speaker__kind=Speaker.Kind.PERSON).first()
        Prediction.objects.create(
            episode=episode, words=words, horizon=horizon, speaker=credit.speaker if credit else None
        )


def judge(note: Note, editor: User, verifier: User) -> None:
    """Set criteria and, by another user, the outcome of the note's prediction, if it is in PREDICTED."""
    if note.name not in PREDICTED:
        return
    words, _horizon, due, criteria, evidence = PREDICTED[note.name]
    prediction = Prediction.objects.get(episode=note.episode, words=words)
    workflow.set_criteria(prediction, criteria, editor, due)
    workflow.resolve(prediction, Prediction.Outcome.TRUE, verifier, evidence=evidence, resolved_on=due)


def mark_evergreen(episode: Episode, verifier: User) -> None:
    """Verify everything in an episode and mark it as evergreen, to be checked again in 180 days."""
    if episode.summary:
        transition(Summary(Episode.objects.get(pk=episode.pk)), Status.EVERGREEN, verifier)
    for model in REVIEWED:
        for item in model.objects.filter(episode=episode, status=Status.ACCEPTED):
            transition(item, Status.EVERGREEN, verifier)
    recheck = timezone.localdate() + timedelta(days=180)
    transition(Episode.objects.get(pk=episode.pk), Episode.Status.EVERGREEN, verifier, recheck_on=recheck)
