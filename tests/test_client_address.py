"""Client addresses: X-Forwarded-For as far as it was written by trusted proxies."""

from typing import Any

import pytest

from config.client_address import client_address

FORGED = "1.1.1.1, 2.2.2.2"


@pytest.mark.parametrize(
    ("proxies", "remote", "forwarded", "expected"),
    [
        # Headers of untrusted clients are ignored.
        ([], "10.0.0.1", FORGED, "10.0.0.1"),
        ([], "", FORGED, ""),
        (["10.0.0.2"], "10.0.0.1", FORGED, "10.0.0.1"),
        # Of a trusted proxy only the last hop is used.
        (["10.0.0.1"], "10.0.0.1", FORGED, "2.2.2.2"),
        (["10.0.0.0/8"], "10.9.9.9", FORGED, "2.2.2.2"),
        (["10.0.0.0/8"], "10.9.9.9", "1.1.1.1, 2.2.2.2, 10.1.1.1", "2.2.2.2"),
        (["0.0.0.0/0"], "10.9.9.9", FORGED, "1.1.1.1"),
        # Without a readable header the address is the proxy's.
        (["10.0.0.1"], "10.0.0.1", "", "10.0.0.1"),
        (["10.0.0.1"], "10.0.0.1", "nonsense", "10.0.0.1"),
        (["10.0.0.1"], "10.0.0.1", "1.1.1.1, unknown", "10.0.0.1"),
        (["10.0.0.1"], "10.0.0.1", "1.1.1.1,", "10.0.0.1"),
        # A socket has no address; spellings of an address are normalized.
        (["unix"], "", FORGED, "2.2.2.2"),
        (["127.0.0.1"], "::ffff:127.0.0.1", FORGED, "2.2.2.2"),
        (["::1"], "::1", "[2001:db8::1]:443", "2001:db8::1"),
        (["::1"], "0:0:0:0:0:0:0:1", "9.9.9.9:1234", "9.9.9.9"),
        (["fe80::/10"], "fe80::1%eth0", "9.9.9.9", "9.9.9.9"),
        (["127.0.0.1"], "::1", FORGED, "::1"),
    ],
)
def test_address_is_first_untrusted_hop(
    rf: Any, settings: Any, proxies: list[str], remote: str, forwarded: str, expected: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    assert client_address(rf.get("/", REMOTE_ADDR=remote, HTTP_X_FORWARDED_FOR=forwarded)) == expected


def test_long_chain_of_proxies_is_handled(rf: Any, settings: Any) -> None:
    settings.TRUSTED_PROXIES = ["0.0.0.0/0"]
    chain = ",".join(["10.0.0.1"] * 1_000)
    assert client_address(rf.get("/", REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR=chain)) == "10.0.0.1"
