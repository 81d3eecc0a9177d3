"""Which addresses can be somebody's."""

from __future__ import annotations

import pytest

from corpusmill.pii.addresses import is_public


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "1.1.1.1/32", "192.0.1.1", "2a00:1450:4001:81b::200e", "::ffff:8.8.8.8"],
)
def test_addresses_on_the_internet_are_public(address):
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        *("10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1/24", "127.0.0.1", "0.0.0.0"),
        *("169.254.1.1", "100.64.0.1", "192.0.2.7", "198.51.100.1", "203.0.113.9", "198.19.0.1"),
        *("224.0.0.251", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fd00::1", "ff02::1"),
        *("2001:db8::1", "::ffff:10.0.0.1", "3fff::1", "100::1", "3.1.0.0", "7.0.0.0"),
    ],
)
def test_addresses_of_private_and_special_networks_are_not(address):
    assert not is_public(address)
