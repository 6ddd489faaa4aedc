"""What a report has to be: its words, when its form was asked for, and how many there may be in an hour."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from ipaddress import IPv6Address, IPv6Network, ip_address
from typing import Any

from django import forms
from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from episodes.models import Episode
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
        error_messages={"required": _("Please say what is wrong.")},
    )
    kind = forms.ChoiceField(label=_("Kind"), required=False, choices=[("", _("choose, if you like")), *Kind.choices])


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
    """Counts one report, and says whether it may be written.

    Counted in the cache: of each process where that is its memory (the default), of all where it is shared (CACHE_URL).
    Of the address a keyed hash is kept, for an hour.
    """
    # The narrowest first, and no further: who asks too often must not use up the hour of everybody else.
    return all(_counted(f"report:{name}") <= most for name, most in _limits(request, episode))


def _limits(request: HttpRequest, episode: Episode) -> Iterator[tuple[str, int]]:
    yield f"address:{salted_hmac('episodes.report', network_of(request)).hexdigest()}", PER_ADDRESS
    yield f"episode:{episode.pk}", PER_EPISODE
    yield "site", PER_SITE


def _counted(key: str) -> int:
    cache.add(key, 0, HOUR)
    try:
        return cache.incr(key)
    except ValueError:
        # Its hour has ended between the two lines: the next one begins.
        cache.set(key, 1, HOUR)
        return 1


def network_of(request: HttpRequest) -> str:
    """The address that asks; of IPv6 the network, since each household has 2⁶⁴ addresses.

    Behind a proxy that the settings know of the last hop of X-Forwarded-For, which the proxy itself wrote; what stands
    before it, and all of it without a proxy, is whatever a visitor likes to send.
    """
    address = request.META.get("REMOTE_ADDR", "")
    if settings.SECURE_PROXY_SSL_HEADER:
        address = request.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2].strip() or address
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if not isinstance(known, IPv6Address):
        return str(known)
    return str(known.ipv4_mapped or IPv6Network((int(known), 64), strict=False))
