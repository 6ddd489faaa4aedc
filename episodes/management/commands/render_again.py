"""Render and store the HTML of public episodes whose stored HTML is of an older renderer, which only slows pages."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from django.core.management.base import no_translations
from django.db import transaction
from django.db.models import QuerySet

from episodes import derived
from episodes.management.batches import batches, progress, rare_collection
from episodes.management.errors import WritingCommand
from episodes.models import Episode, Section
from episodes.rendering.page import STAMP
from episodes.rendering.sections import RenderJob, processes

# Episodes per transaction, and number from which processes are started for rendering.
BATCH_SIZE = 100


class Command(WritingCommand):
    """Render outdated HTML again."""

    help = (
        "Store the HTML of public episodes again where an older version has made it. Pages are right without it: "
        "what is old is drawn for each visitor. May be interrupted, and does nothing the second time."
    )

    @no_translations
    def handle(self, **options: Any) -> None:
        keys = list(_with_old_html().values_list("pk", flat=True))
        many = len(keys) > BATCH_SIZE
        with (
            rare_collection(),
            processes() if many else nullcontext() as pool,
            progress(self.stdout.isatty(), len(keys), "rendered") as advance,
        ):
            for batch in batches(keys, BATCH_SIZE):
                with transaction.atomic():
                    rows = Section.objects.not_rejected().filter(episode__in=batch)
                    drawing = RenderJob(derived.episode_texts(rows).values(), pool)
                    derived.store_rendered(rows, drawing.result())
                advance(len(batch))
        self.stdout.write(f"{len(keys)} episodes rendered again.")


def _with_old_html() -> QuerySet[Episode]:
    old = Section.objects.not_rejected().exclude(html__startswith=STAMP).exclude(text="")
    return Episode.objects.filter(status__in=Episode.PUBLIC_STATUSES, sections__in=old).order_by("pk").distinct()
