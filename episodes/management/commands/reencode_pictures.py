"""Re-encode stored images without metadata. The site does not serve images that have any."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError

from episodes.bases.image_metadata import has_no_metadata
from episodes.bases.uploads import CONTENT_TYPES, MAX_BYTES, reencoded
from episodes.models import Episode
from people.models import Speaker

FOLDERS = (Episode._meta.get_field("cover").upload_to, Speaker._meta.get_field("photo").upload_to)  # type: ignore[union-attr]

# Prefix of temporary files; interrupted runs may leave some.
HIDDEN = ".new-"


class Command(BaseCommand):
    """Re-encode all stored images. Exit status 1 if one cannot be read."""

    help = "Draw stored pictures anew, without EXIF, GPS and other metadata. Run it as often as you like."

    def handle(self, *args: Any, **options: Any) -> None:
        done, left, failed = 0, 0, []
        for name in stored_pictures():
            try:
                if reencode(name):
                    done += 1
                else:
                    left += 1
            except (OSError, ValidationError) as error:
                reason = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
                failed.append(f"{name}: {reason}")
        self.stdout.write(f"{done} drawn anew, {left} had no metadata.")
        for line in failed:
            self.stderr.write(line)
        if failed:
            raise CommandError(f"{len(failed)} could not be read and are not handed out; upload them again.")


def stored_pictures() -> Iterator[str]:
    """Yield the names of all stored images, including those that only a snapshot references."""
    for folder in map(str, FOLDERS):
        if default_storage.exists(folder):
            yield from (f"{folder}/{name}" for name in _files_in(folder))


def _files_in(folder: str) -> list[str]:
    """Return the sorted names of the files in a folder, without temporary ones."""
    return sorted(name for name in default_storage.listdir(folder)[1] if not name.startswith(HIDDEN))


def reencode(name: str) -> bool:
    """Replace a stored image by a copy without metadata. Returns False if it has none.

    Raises ValidationError for a file that is no image, OSError if it cannot be read or written.
    """
    suffix = PurePosixPath(name).suffix
    if suffix not in CONTENT_TYPES:
        raise ValidationError("it is no picture by its name")
    with default_storage.open(name) as file:
        data = file.read(MAX_BYTES + 1)
    if has_no_metadata(data, suffix):
        return False
    content, _suffix = reencoded(ContentFile(data), suffix)
    _replace(name, content)
    return True


def _replace(name: str, content: bytes) -> None:
    """Replace the file atomically by writing a temporary file in its folder first."""
    path = Path(default_storage.path(name))
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=HIDDEN, delete=False) as temporary:
        temporary.write(content)
    try:
        shutil.copymode(path, temporary.name)
        os.replace(temporary.name, path)
    except OSError:
        os.unlink(temporary.name)
        raise
