"""IP addresses: which of them can be somebody's."""

from __future__ import annotations

import ipaddress

KIND = "IP_ADDRESS"

# Networks whose addresses name nobody on the internet: IANA's special-purpose registries, multicast
# and what is reserved. Python's own list differs from version to version.
_SPECIAL = """
    0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24
    192.0.2.0/24 192.88.99.0/24 192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24
    224.0.0.0/4 240.0.0.0/4
    ::/127 64:ff9b:1::/48 100::/64 2001::/23 2001:db8::/32 2002::/16 3fff::/20 5f00::/16 fc00::/7
    fe80::/10 fec0::/10 ff00::/8
"""
_NOT_PUBLIC = tuple(ipaddress.ip_network(network) for network in _SPECIAL.split())


def is_public(address: str) -> bool:
    """Whether an address or network, perhaps with a zone, can be somebody's on the internet.

    An IPv4 address inside an IPv6 one (``::ffff:…``) is judged as what it is. One that ends in
    ``.0.0`` is the number of a version far more often than of a host.
    """
    if address.endswith(".0.0"):
        return False
    ip = ipaddress.ip_interface(address.partition("%")[0]).ip
    ip = getattr(ip, "ipv4_mapped", None) or ip
    return not any(ip in network for network in _NOT_PUBLIC if network.version == ip.version)
