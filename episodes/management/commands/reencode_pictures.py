"""Draw stored pictures anew without their metadata. Until then the site does not hand them out."""

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

# How the name of a file begins that is being written.
HIDDEN = ".new-"


class Command(BaseCommand):
    help = "Draw stored pictures anew, without EXIF, GPS and other metadata. Run it as often as you like."

    def handle(self, *args: Any, **options: Any) -> None:
        done, left, failed = 0, 0, []
        for name in stored_pictures():
            try:
                if redraw(name):
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
    """Names of all files beside the uploads: those of snapshots too, which a restored episode shows again."""
    for folder in map(str, FOLDERS):
        if default_storage.exists(folder):
            yield from (f"{folder}/{name}" for name in _files_in(folder))


def _files_in(folder: str) -> list[str]:
    """Without what an interrupted run has left behind."""
    return sorted(name for name in default_storage.listdir(folder)[1] if not name.startswith(HIDDEN))


def redraw(name: str) -> bool:
    """Replace a stored picture by itself without metadata, under its name; False if it has none.

    Raises ValidationError for what is no picture, OSError for what cannot be read or written.
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
    """Through a file beside it, so that a visitor or a crash meets the old one or the new one whole."""
    path = Path(default_storage.path(name))
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=HIDDEN, delete=False) as beside:
        beside.write(content)
    try:
        shutil.copymode(path, beside.name)
        os.replace(beside.name, path)
    except OSError:
        os.unlink(beside.name)
        raise
