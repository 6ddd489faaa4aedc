"""The address under which a request's page is stored."""

from __future__ import annotations

from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

MAX_LENGTH = 500
# Paths whose responses are never stored.
_NEVER = ("/admin/", "/en/admin/", "/healthz", "/readyz", "/metrics")
_DEFAULT_PORTS = {"http": "80", "https": "443"}


def address_of(environ: dict[str, Any]) -> str | None:
    """Return the address of a GET or HEAD request of a visitor: path and sorted query without empty values.

    None if the response must not come from the store: another method, the desk, static files, a host that is not
    allowed, HTTP on a site with HTTPS only, a repeated parameter.
    """
    if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
        return None
    try:
        path = environ.get("PATH_INFO", "").encode("latin-1").decode()
    except UnicodeError:
        return None
    if path.startswith(_NEVER) or path.startswith(settings.STATIC_URL) or environ.get("SCRIPT_NAME"):
        return None
    scheme = _scheme(environ)
    if settings.SECURE_SSL_REDIRECT and scheme != "https":
        return None
    # Without a Host header, as in HTTP/1.0, Django takes the server's name.
    host = environ.get("HTTP_HOST") or environ["SERVER_NAME"]
    prefix = _prefix(scheme, host, environ.get("SERVER_PORT", ""), tuple(settings.ALLOWED_HOSTS), settings.SITE_URL)
    if prefix is None:
        return None
    address = path
    if text := environ.get("QUERY_STRING", ""):
        query = _canonical_query(text)
        if query is None:
            return None
        address = f"{path}?{query}" if query else path
    return prefix + address if len(prefix) + len(address) <= MAX_LENGTH and "\0" not in address else None


def parameters(address: str) -> set[str]:
    """Return the names of the query parameters of an address."""
    return {name for name, _value in parse_qsl(address.partition("?")[2])}


def _scheme(environ: dict[str, Any]) -> str:
    if settings.SECURE_PROXY_SSL_HEADER:
        header, secure = settings.SECURE_PROXY_SSL_HEADER
        if (value := environ.get(header)) is not None:
            return "https" if value.split(",", 1)[0].strip() == secure else "http"
    return environ.get("wsgi.url_scheme", "http")


@lru_cache(maxsize=256)
def _canonical_query(text: str) -> str | None:
    try:
        pairs = sorted(parse_qsl(text, strict_parsing=False, max_num_fields=20, errors="strict"))
    except ValueError:
        return None
    names = [name for name, _value in pairs]
    return urlencode(pairs) if len(set(names)) == len(names) else None


@lru_cache(maxsize=256)
def _prefix(scheme: str, host: str, port: str, allowed: tuple[str, ...], site_url: str) -> str | None:
    """Return what distinguishes hosts in addresses: nothing with SITE_URL, else scheme and host of the request.

    None for a host that is not allowed. Without SITE_URL also for one that a pattern allows or with a port of its own
    invention, because a visitor could fill the store with copies.
    """
    domain, host_port = split_domain_port(host)
    if not domain or not validate_host(domain, allowed):
        return None
    if site_url:
        return ""
    invented = host_port and host_port not in (port, _DEFAULT_PORTS.get(scheme))
    return None if domain not in allowed or invented else f"{scheme}://{host.lower()}"


def use_site_url(environ: dict[str, Any]) -> None:
    """Let a visitor's request have the host and scheme of SITE_URL, from which absolute addresses are built."""
    site = urlsplit(settings.SITE_URL)
    environ["HTTP_HOST"], environ["wsgi.url_scheme"] = site.netloc, site.scheme
    if settings.SECURE_PROXY_SSL_HEADER and site.scheme == "https":
        header, secure = settings.SECURE_PROXY_SSL_HEADER
        environ[header] = secure
