"""Django's loaddata, with one clear line for what is no file of notes."""

from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands import loaddata

from config import audit


class Command(loaddata.Command):
    def handle(self, *fixture_labels: Any, **options: Any) -> None:
        paths = [Path(label) for label in fixture_labels]
        for path in paths:
            if path.is_dir():
                raise CommandError(f"{path}: this is a folder. Load it with `manage.py import_notes {path}`.")
            if path.suffix == ".md" and not path.exists():
                raise CommandError(f"{path}: there is no such file. Give the path of a note.")
        # A note without a source is known by its file's name: the second would be read as a new version of the first.
        names = Counter(path.name for path in {path.resolve() for path in paths if path.suffix == ".md"})
        for name in (name for name, count in names.items() if count > 1):
            raise CommandError(f"Several files are called {name}. `manage.py import_notes` tells them apart by folder.")
        try:
            super().handle(*fixture_labels, **options)
        except ValueError as error:
            # Django's own word for a zip that holds no file, or more than one.
            raise CommandError(f"{error} `manage.py import_notes` reads zips of many notes.") from None
        audit.record(
            "fixtures-loaded", by=audit.operator(), files=len(fixture_labels), objects=self.loaded_object_count
        )
