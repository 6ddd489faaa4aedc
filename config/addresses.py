"""The address a request comes from, behind proxies that the settings name and no others."""

from __future__ import annotations

from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

Address = IPv4Address | IPv6Address


def client_address(request: HttpRequest) -> str:
    """Return the address that asks, or "" for a Unix socket without a proxy.

    X-Forwarded-For is read from its end, where each proxy adds who asked it, and only as far as the hops are in
    TRUSTED_PROXIES: what stands before the first stranger is whatever that stranger likes to write.
    """
    address = _normal(request.META.get("REMOTE_ADDR", ""))
    hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
    while hops and _trusted(address, tuple(settings.TRUSTED_PROXIES)):
        hop = _normal(hops.pop())
        if not _parsed(hop):
            break
        address = hop
    return address


def client_network(request: HttpRequest) -> str:
    """Return the address that asks, always one; of IPv6 its /64, since each household has 2⁶⁴ addresses.

    Those without an address are one, `::`: PostgreSQL takes nothing else for one.
    """
    known = _parsed(client_address(request)) or IPv6Address("::")
    if isinstance(known, IPv4Address):
        return str(known)
    return str(IPv6Network((int(known), 64), strict=False).network_address)


def _normal(text: str) -> str:
    """Return an address in its usual spelling, without port, zone and the IPv6 dress of IPv4; other text as it is."""
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
        # A Unix socket has no address; gunicorn leaves it empty.
        return "unix" in proxies
    return any(known in ip_network(proxy) for proxy in proxies if proxy != "unix")
