"""Make the index of search again."""

from __future__ import annotations

from typing import Any

from django.core.management.base import CommandError, no_translations

from episodes import derived
from episodes.management.batches import progress, rare_collection
from episodes.management.errors import WritingCommand
from episodes.models import Episode
from episodes.search.engines import RebuildReplaced


class Command(WritingCommand):
    """Rebuild the index of search."""

    help = (
        "Make the index of search again from the episodes, while the site works: after an update that says so, and if "
        "episodes are not found as they should be. May be interrupted, and then begins anew."
    )

    @no_translations
    def handle(self, **options: Any) -> None:
        total = Episode.objects.count()
        try:
            with rare_collection(), progress(self.stdout.isatty(), total, "indexed") as advance:
                count = derived.rebuild_index(advance)
        except RebuildReplaced:
            raise CommandError("Another rebuild_search has begun meanwhile. This one has ended.") from None
        if options["verbosity"]:
            self.stdout.write(f"{count} episodes indexed.")
