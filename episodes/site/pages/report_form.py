"""Form, token and rate limits of error reports."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

from django import forms
from django.core import signing
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from config.client_address import client_network
from episodes.models import Episode, RequestCount
from episodes.workflow.reports import Kind

# In characters.
MAX_MESSAGE_LENGTH, MAX_WORDS_LENGTH, MAX_ANCHOR_LENGTH = 2_000, 500, 200
# Control characters but for line ends and tabs (databases refuse NUL), lone surrogates, and bidirectional controls,
# which would reorder the text around them on the desk.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


def clean_line(text: str, longest: int) -> str:
    """Return the text in one line, at most `longest` characters, for values from the URL."""
    return " ".join(_UNWANTED.sub("", text).split())[:longest]


class _Message(forms.CharField):
    def to_python(self, value: Any) -> str:
        # Browsers count a line end as one character but send two.
        return super().to_python(_UNWANTED.sub("", (value or "").replace("\r\n", "\n"))) or ""


class ReportForm(forms.Form):
    """Message and kind of a report. The template adds hidden `at`, `words`, `token` and the honeypot `website`."""

    message = _Message(
        label=_("What is wrong?"),
        max_length=MAX_MESSAGE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 5, "autofocus": True, "autocomplete": "off"}),
        error_messages={"required": _("Please describe the error.")},
    )
    kind = forms.ChoiceField(label=_("Type of error"), required=False, choices=[("", _("Optional")), *Kind.choices])


# --- the token


# Age of a token in seconds: bots are faster than the first, and a page may be outdated after the second.
MIN_AGE, MAX_AGE = 2, 24 * 60 * 60
_signer = signing.Signer(salt="episodes.report")


def token_for(episode: Episode, now: float | None = None) -> str:
    """Return a signed token with the episode's key and the time of the request. It identifies nobody."""
    return _signer.sign_object([episode.pk, round(time.time() if now is None else now, 1)])


def token_age(token: str, episode: Episode) -> float | None:
    """Return the age of a token in seconds, or None if it is not one of this site and episode."""
    try:
        # TimestampSigner counts whole seconds, too coarse for MIN_AGE.
        key, issued = _signer.unsign_object(token)
    except signing.BadSignature:
        return None
    return time.time() - issued if key == episode.pk else None


# --- rate limits


# Seconds of the window, and reports allowed within it.
HOUR = 60 * 60
PER_ADDRESS, PER_EPISODE, PER_SITE = 5, 20, 200


def within_limits(request: HttpRequest, episode: Episode) -> bool:
    """Count one report and return whether it is within the limits.

    Counted in the database, shared by all processes. The address is stored as a keyed hash for an hour.
    """
    # Narrowest first, and stop there: one address must not use up the limits of the episode and the site.
    return all(RequestCount.increment(f"report:{name}", HOUR) <= most for name, most in _limits(request, episode))


def _limits(request: HttpRequest, episode: Episode) -> Iterator[tuple[str, int]]:
    yield f"address:{client_network(request)}", PER_ADDRESS
    yield f"episode:{episode.pk}", PER_EPISODE
    yield "site", PER_SITE
