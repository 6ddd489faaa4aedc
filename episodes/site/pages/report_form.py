"""What a report has to be: its words, when its form was asked for, and how many there may be in an hour."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

from django import forms
from django.core import signing
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from config.addresses import client_network
from episodes.models import Episode, RequestCount
from episodes.workflow.reports import Kind

LONGEST, LONGEST_WORDS, LONGEST_ANCHOR = 2_000, 500, 200
# Control characters (NUL, which no database takes, among them), lone surrogates, and what turns the direction of the
# text around it on the desk. Line ends and tabs stay.
_UNWANTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


def cleaned(text: str, longest: int) -> str:
    """In one line, cut: for what comes with an address and not from a person's keys."""
    return " ".join(_UNWANTED.sub("", text).split())[:longest]


class _Message(forms.CharField):
    def to_python(self, value: Any) -> str:
        # A browser counts a line end as one character and sends two.
        return super().to_python(_UNWANTED.sub("", (value or "").replace("\r\n", "\n"))) or ""


class ReportForm(forms.Form):
    """`message` and `kind`. `at`, `words` and `token` go with it unseen; `website` is there for machines."""

    message = _Message(
        label=_("What is wrong?"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 5, "autofocus": True, "autocomplete": "off"}),
        error_messages={"required": _("Please describe the error.")},
    )
    kind = forms.ChoiceField(label=_("Type of error"), required=False, choices=[("", _("Optional")), *Kind.choices])


# --- the token


# In seconds: nobody writes a report faster, and nobody's page is right for longer.
YOUNGEST, OLDEST = 2, 24 * 60 * 60
_signer = signing.Signer(salt="episodes.report")


def token_for(episode: Episode, now: float | None = None) -> str:
    """Says that the form of this episode was asked for at this moment. It names nobody."""
    return _signer.sign_object([episode.pk, round(time.time() if now is None else now, 1)])


def age_of(token: str, episode: Episode) -> float | None:
    """Seconds since the form was asked for; None for a token that is not of this site and this episode."""
    try:
        # Django's own timestamps are whole seconds, too coarse for two.
        key, asked = _signer.unsign_object(token)
    except signing.BadSignature:
        return None
    return time.time() - asked if key == episode.pk else None


# --- how many


HOUR = 60 * 60
PER_ADDRESS, PER_EPISODE, PER_SITE = 5, 20, 200


def within_limits(request: HttpRequest, episode: Episode) -> bool:
    """Count one report, and return whether it may be written.

    Counted in the database, for all processes together. Of the address a keyed hash is kept, for an hour.
    """
    # The narrowest first, and no further: who asks too often must not use up the hour of everybody else.
    return all(RequestCount.increment(f"report:{name}", HOUR) <= most for name, most in _limits(request, episode))


def _limits(request: HttpRequest, episode: Episode) -> Iterator[tuple[str, int]]:
    yield f"address:{client_network(request)}", PER_ADDRESS
    yield f"episode:{episode.pk}", PER_EPISODE
    yield "site", PER_SITE
