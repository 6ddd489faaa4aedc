"""Uploaded pictures: validated by content and re-encoded, so that only the pixels are stored.

A photograph's metadata tells place, time and camera, and often holds a thumbnail of what was cropped away. Visitors
must not see any of it.
"""

from __future__ import annotations

import secrets
import warnings
from io import BytesIO
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.utils.translation import gettext_lazy as _
from PIL import Image, ImageCms, ImageOps

# Bytes, of an upload and of a stored file: a photograph of the size below has about 1 MB.
MAX_BYTES = 5 * 1024 * 1024
# Pixels. Decoding takes four bytes a pixel: 160 MB for the largest. Phones make 12 to 24 megapixels.
MAX_PIXELS = 40_000_000
# Pixels of the longer side that are stored: twice the width of the widest column, for high-density screens.
LONGEST_SIDE = 2400
EXTENSIONS = {"JPEG": ".jpg", "MPO": ".jpg", "PNG": ".png", "WEBP": ".webp"}
FORMATS = {".jpg": "JPEG", ".png": "PNG", ".webp": "WEBP"}
CONTENT_TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}
# Encoder options. Pillow's default for JPEG, 75, leaves visible artefacts on faces.
QUALITY: dict[str, dict[str, Any]] = {"JPEG": {"quality": 85}, "PNG": {}, "WEBP": {"quality": 80}}


def _not_a_picture() -> ValidationError:
    return ValidationError(_("Upload a JPEG, PNG or WebP picture."), code="not_a_picture")


def open_picture(file: Any) -> Image.Image:
    """Open a picture without decoding its pixels.

    Raises ValidationError if it is larger than MAX_BYTES or MAX_PIXELS, or no JPEG, PNG or WebP.
    """
    if file.size > MAX_BYTES:
        raise ValidationError(_("The picture is larger than 5 MB."), code="too_large")
    too_many = ValidationError(_("The picture has more than 40 megapixels."), code="too_many_pixels")
    try:
        with warnings.catch_warnings():
            # Pillow only warns of a moderate decompression bomb; the limit below is stricter.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            # Only these decoders are tried: others widen the attack surface.
            image = Image.open(file, formats=("JPEG", "PNG", "WEBP"))
    except Image.DecompressionBombError as error:
        raise too_many from error
    except Exception as error:  # decoders raise all kinds of errors for broken files
        raise _not_a_picture() from error
    if image.width * image.height > MAX_PIXELS:
        raise too_many
    return image


def extension_of(file: Any) -> str:
    """Return the extension that fits the content. Raises ValidationError if it is no supported picture."""
    try:
        return EXTENSIONS[open_picture(file).format or ""]
    finally:
        file.seek(0)


def reencoded(file: Any, suffix: str = "") -> tuple[bytes, str]:
    """Re-encode a picture and return (content, suffix): upright, in sRGB, first frame only, without metadata.

    suffix: extension of the format to write; default: the format of the content.

    Raises ValidationError if it is no supported picture.
    """
    try:
        image = open_picture(file)
        suffix = suffix or EXTENSIONS[image.format or ""]
        try:
            return _encode(image, FORMATS[suffix]), suffix
        except Exception as error:  # as above: the pixels are read only here
            raise _not_a_picture() from error
    finally:
        file.seek(0)


def _encode(image: Image.Image, kind: str) -> bytes:
    image.seek(0)
    untouched = image.format == kind == "JPEG" and image.mode in ("L", "RGB")
    drawn = _in_srgb(ImageOps.exif_transpose(image))
    drawn = _in_mode(drawn, kind)
    drawn.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    # Copied pixel by pixel: everything else that Pillow has read stays with the old object.
    bare = Image.new(drawn.mode, drawn.size)
    bare.paste(drawn)
    options: dict[str, Any] = QUALITY[kind]
    same = untouched and image.getexif().get(0x0112, 1) == 1 and bare.size == image.size
    if same and "icc_profile" not in image.info:
        # The same quantization tables: re-encoding then loses nothing.
        options = {"qtables": image.quantization, "subsampling": _subsampling(image)}  # type: ignore[attr-defined]
    return _save_below_limit(bare, kind, options)


def _subsampling(image: Any) -> int:
    from PIL import JpegImagePlugin

    sampling = JpegImagePlugin.get_sampling(image)
    return sampling if sampling >= 0 else 0


def _save_below_limit(image: Image.Image, kind: str, options: dict[str, Any]) -> bytes:
    """Return the encoded picture, halved until it is at most MAX_BYTES: a PNG of noise has four bytes a pixel."""
    while True:
        content = BytesIO()
        image.save(content, kind, **options)
        if content.tell() <= MAX_BYTES:
            return content.getvalue()
        image = image.resize((max(1, image.width // 2), max(1, image.height // 2)))
        options = QUALITY[kind]


def _in_srgb(image: Image.Image) -> Image.Image:
    """Return the picture in sRGB, because a profile names the device; unchanged if its profile is unreadable."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "RGBA", "CMYK", "L"):
        return image
    try:
        own = ImageCms.ImageCmsProfile(BytesIO(profile))
        mode = "RGBA" if image.mode == "RGBA" else "RGB"
        converted = ImageCms.profileToProfile(image, own, ImageCms.createProfile("sRGB"), outputMode=mode)
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return image
    return converted or image


def _in_mode(image: Image.Image, kind: str) -> Image.Image:
    """Return the picture in a mode that the format can hold, with transparency where possible."""
    transparent = image.mode in ("LA", "PA", "RGBA", "La", "RGBa") or "transparency" in image.info
    if kind == "JPEG":
        return image if image.mode in ("L", "RGB") else image.convert("RGB")
    if transparent:
        return image.convert("RGBA")
    return image if image.mode == "RGB" or (image.mode == "L" and kind == "PNG") else image.convert("RGB")


class PictureField(forms.ImageField):
    """A JPEG, PNG or WebP, re-encoded and named at random: the name cannot be guessed and is never reused."""

    def to_python(self, data: Any) -> Any:
        """Return the re-encoded picture. Raises ValidationError if it is no supported picture."""
        if data in self.empty_values:
            return super().to_python(data)
        content, suffix = reencoded(data)
        return super().to_python(ContentFile(content, name=secrets.token_hex(16) + suffix))
