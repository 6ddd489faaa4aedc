"""Django's dumpdata without tables whose rows the site makes itself: `loaddata` refuses them."""

from typing import Any

from django.core.management.commands import dumpdata

from episodes.models import MADE_BY_SITE


class Command(dumpdata.Command):
    """Write fixtures and note files."""

    def handle(self, *app_labels: str, **options: Any) -> None:
        named = {label.lower() for label in app_labels}
        made = [model._meta.label for model in MADE_BY_SITE if model._meta.label_lower not in named]
        super().handle(*app_labels, **{**options, "exclude": [*options["exclude"], *made]})
