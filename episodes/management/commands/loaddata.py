"""Django's loaddata, with one clear line for what is no file of notes."""

from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import loaddata


class Command(loaddata.Command):
    def handle(self, *fixture_labels: Any, **options: Any) -> None:
        for label in fixture_labels:
            path = Path(label)
            if path.is_dir():
                raise CommandError(f"{label}: this is a folder. Load it with `manage.py import_notes {label}`.")
            if path.suffix == ".md" and not path.exists():
                raise CommandError(f"{label}: there is no such file. Give the path of a note.")
        super().handle(*fixture_labels, **options)
