"""The client address of a request, behind the proxies in TRUSTED_PROXIES."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

Address = IPv4Address | IPv6Address


def client_address(request: HttpRequest) -> str:
    """Return the client's IP address, or "" for a Unix socket without a proxy.

    X-Forwarded-For is read from its end, to which each proxy appends its client, and only while the hops are in
    TRUSTED_PROXIES: entries before the first untrusted hop can be forged.
    """
    address = _normalized(request.META.get("REMOTE_ADDR", ""))
    hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    while hops and _trusted(address, tuple(settings.TRUSTED_PROXIES)):
        hop = _normalized(hops.pop())
        if not _parsed(hop):
            break
        address = hop
    return address


def client_network(request: HttpRequest) -> str:
    """Return the client's IP address for rate limits; for IPv6 its /64 network, which one subscriber controls.

    Requests without an address share `::`, since PostgreSQL's inet accepts no empty value.
    """
    known = _parsed(client_address(request)) or IPv6Address("::")
    if isinstance(known, IPv4Address):
        return str(known)
    return str(IPv6Network((int(known), 64), strict=False).network_address)


def _normalized(text: str) -> str:
    """Return an address in canonical form without port and zone, IPv4-mapped IPv6 as IPv4; other text unchanged."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    known = _parsed(text.partition("%")[0])
    if known is None:
        return text
    return str(getattr(known, "ipv4_mapped", None) or known)


def _parsed(text: str) -> Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


@lru_cache(maxsize=1_024)
def _trusted(address: str, proxies: tuple[str, ...]) -> bool:
    known = _parsed(address)
    if known is None:
        # REMOTE_ADDR is empty for a Unix socket of gunicorn.
        return "unix" in proxies
    return any(known in ip_network(proxy) for proxy in proxies if proxy != "unix")
