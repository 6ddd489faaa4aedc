"""Render and store the HTML of public episodes whose stored HTML is of an older renderer, which only slows pages."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

from django.core.management.base import no_translations
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from episodes import derived
from episodes.management.batches import batches, progress, rare_collection
from episodes.management.errors import WritingCommand
from episodes.models import Episode, Section, StoredTexts
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
                    derived.store_texts(Episode.objects.filter(pk__in=batch))
                advance(len(batch))
        derived.count_again()
        if not derived.counted_episodes():
            derived.count_all()
        self.stdout.write(f"{len(keys)} episodes rendered again.")


def _with_old_html() -> QuerySet[Episode]:
    old = Section.objects.not_rejected().exclude(html__startswith=STAMP).exclude(text="")
    current = StoredTexts.objects.filter(episode=OuterRef("pk"), digest__startswith=derived.VERSION)
    public = Episode.objects.filter(status__in=Episode.PUBLIC_STATUSES)
    return public.filter(Exists(old.filter(episode=OuterRef("pk"))) | ~Exists(current)).order_by("pk")
