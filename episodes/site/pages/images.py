"""Uploaded images of public objects. Uploads have no URL of their own; these views serve them."""

from __future__ import annotations

from hashlib import sha256
from pathlib import PurePosixPath

from django.db.models.fields.files import FieldFile
from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.utils.http import http_date

from episodes.bases.image_metadata import has_no_metadata
from episodes.bases.uploads import CONTENT_TYPES, MAX_BYTES
from episodes.models import Episode
from episodes.site.pages.base import public_page


def image_response(image: FieldFile, request: HttpRequest | None = None) -> HttpResponseBase:
    """Return the file with its type, date and ETag. Raises Http404 if it is missing.

    request: a visitor's request; None on the desk. Visitors get 304 for a cached file, and 404 for a file with
    metadata, which may hold a location: files stored by earlier versions have it until `reencode_pictures` has run.
    """
    name = image.name or ""
    suffix = PurePosixPath(name).suffix
    # From a fixed table only: an upload must never be served as HTML or script.
    content_type = CONTENT_TYPES.get(suffix)
    if content_type is None:
        raise Http404
    try:
        modified, size = image.storage.get_modified_time(name).timestamp(), image.size
        etag = f'"{sha256(f"{name}:{size}:{modified}".encode()).hexdigest()[:32]}"'
        # Checked before the file is opened: the middleware checks later and would leave it open.
        not_modified = get_conditional_response(request, etag, int(modified)) if request else None
        if not_modified is None and request is not None and not _has_no_metadata(image, suffix):
            raise Http404
        response = not_modified or FileResponse(image.open("rb"), content_type=content_type)
    except OSError as missing:
        raise Http404 from missing
    response["Last-Modified"], response["ETag"] = http_date(modified), etag
    response["Content-Security-Policy"] = "default-src 'none'"
    return response


def _has_no_metadata(image: FieldFile, suffix: str) -> bool:
    """Return whether the stored file has no metadata. Checked each time, because files can be replaced on disk."""
    if image.size > MAX_BYTES:
        return False
    with image.storage.open(image.name or "") as file:
        return has_no_metadata(file.read(), suffix)


@public_page
def episode_cover(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Return the cover of a public episode."""
    return image_response(get_object_or_404(Episode.objects.public().only("cover"), slug=slug).cover, request)
