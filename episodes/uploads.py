"""Pictures that people upload, judged by their content: the name and type that a browser sends prove nothing."""

from __future__ import annotations

import secrets
import warnings
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from PIL import Image

MAX_BYTES = 5 * 1024 * 1024
MAX_PIXELS = 40_000_000
EXTENSIONS = {"JPEG": ".jpg", "MPO": ".jpg", "PNG": ".png", "WEBP": ".webp"}
CONTENT_TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}


def extension_of(file: Any) -> str:
    """The extension that fits the content. Raises ValidationError for what is no picture we keep."""
    if file.size > MAX_BYTES:
        raise ValidationError(_("The picture is larger than 5 MB."), code="too_large")
    try:
        with warnings.catch_warnings():
            # Pillow only warns of a moderate decompression bomb; our own limit below is stricter anyway.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            # Only these decoders are tried: others have no business with what somebody uploads.
            with Image.open(file, formats=("JPEG", "PNG", "WEBP")) as image:
                pixels, found = image.width * image.height, image.format or ""
    except Image.DecompressionBombError:
        pixels, found = MAX_PIXELS + 1, ""
    except Exception as error:  # Pillow raises whatever a broken file makes its decoders raise
        raise ValidationError(_("Upload a JPEG, PNG or WebP picture."), code="not_a_picture") from error
    finally:
        file.seek(0)
    if pixels > MAX_PIXELS:
        raise ValidationError(_("The picture has more than 40 megapixels."), code="too_many_pixels")
    return EXTENSIONS[found]


class PictureField(forms.ImageField):
    """JPEG, PNG or WebP, kept under a random name: nobody guesses it, and no two uploads share one."""

    def to_python(self, data: Any) -> Any:
        if data not in self.empty_values:
            data.name = secrets.token_hex(16) + extension_of(data)
        return super().to_python(data)
