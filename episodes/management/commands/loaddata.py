"""Django's loaddata with one-line errors for files that are no notes and rows that cannot be stored."""

from collections import Counter
from pathlib import Path, PurePosixPath
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ObjectDoesNotExist, ValidationError
from django.core.management.base import CommandError
from django.core.management.commands import loaddata
from django.core.serializers.base import DeserializationError, M2MDeserializationError
from django.db import Error as DatabaseError
from django.db import OperationalError

from config import audit
from episodes.management.errors import WritingCommand
from episodes.notes.paths import file_name, is_note

# Exceptions of deserializers, fields and databases for invalid rows; Django prints a traceback for each.
UNLOADABLE = (
    DeserializationError,
    M2MDeserializationError,
    FieldDoesNotExist,
    ObjectDoesNotExist,
    ValidationError,
    DatabaseError,
    AttributeError,
    KeyError,
    OverflowError,
    RecursionError,
    TypeError,
    ValueError,
)
# Characters of an exception's message that are printed: some contain a whole row.
LONGEST_LINE = 500


class Command(WritingCommand, loaddata.Command):
    """Load fixtures and note files."""

    def handle(self, *fixture_labels: Any, **options: Any) -> None:
        paths = [Path(label) for label in fixture_labels]
        for path in paths:
            if path.is_dir():
                raise CommandError(f"{path}: this is a folder. Load it with `manage.py import_notes {path}`.")
            if path.suffix == ".md" and not path.exists():
                raise CommandError(f"{path}: there is no such file. Give the path of a note.")
        # Notes given as files are identified by name: a second one would be taken for a new version of the first.
        notes = {PurePosixPath(path.resolve()) for path in paths if is_note(path.name)}
        names = Counter(file_name(path) for path in notes)
        for name in (name for name, count in names.items() if count > 1):
            raise CommandError(f"Several files are called {name}. `manage.py import_notes` tells them apart by folder.")
        try:
            super().handle(*fixture_labels, **options)
        except OperationalError:
            # Disk, permissions or server, not the file: handled by WritingCommand.
            raise
        except UNLOADABLE as error:
            line = " ".join(str(error).split())
            line = line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]}…"
            if type(error) is ValueError and "Zip-compressed" in line:
                # Django's message for a zip without or with more than one file.
                raise CommandError(f"{line} `manage.py import_notes` reads zips of many notes.") from None
            raise CommandError(f"Nothing was loaded. {line or type(error).__name__} Correct the file.") from error
        audit.record(
            "fixtures-loaded", by=audit.operator(), files=len(fixture_labels), objects=self.loaded_object_count
        )
