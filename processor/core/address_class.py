"""What an IP address is for, and whether a page may come from it."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

# Where several hold an address, the first decides. Source: IANA's special-purpose address registries for
# IPv4 and IPv6 (RFC 6890; the IPv6 one of 2024-10-22), read 2026-11-22.
_NAMED: tuple[tuple[str, str], ...] = (
    ("0.0.0.0/8", "unspecified"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "private (shared by a provider's customers)"),
    ("127.0.0.0/8", "loopback"),
    ("169.254.0.0/16", "link-local"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "reserved"),
    ("192.0.2.0/24", "reserved for documentation"),
    ("192.88.99.0/24", "reserved (once for 6to4)"),
    ("192.168.0.0/16", "private"),
    ("198.18.0.0/15", "reserved for benchmarks"),
    ("198.51.100.0/24", "reserved for documentation"),
    ("203.0.113.0/24", "reserved for documentation"),
    ("224.0.0.0/4", "multicast"),
    ("255.255.255.255/32", "broadcast"),
    ("240.0.0.0/4", "reserved"),
    # Public by its number, and the host's own service all the same.
    # Source: learn.microsoft.com, "What is IP address 168.63.129.16?", read 2026-11-22.
    ("168.63.129.16/32", "the platform's own (Azure)"),
    ("::/128", "unspecified"),
    ("::1/128", "loopback"),
    ("::ffff:0:0/96", "an IPv4 address within IPv6"),
    ("64:ff9b::/96", "an IPv4 address within IPv6 (NAT64)"),
    ("64:ff9b:1::/48", "an IPv4 address within IPv6 (NAT64)"),
    ("2002::/16", "an IPv4 address within IPv6 (6to4)"),
    ("2001::/32", "an IPv4 address within IPv6 (Teredo)"),
    ("2001::/23", "reserved"),
    ("2001:db8::/32", "reserved for documentation"),
    ("3fff::/20", "reserved for documentation"),
    ("fc00::/7", "private (unique local)"),
    ("fe80::/10", "link-local"),
    ("fec0::/10", "private (site-local)"),
    ("ff00::/8", "multicast"),
)
_CLASSES = tuple((ip_network(network), name) for network, name in _NAMED)
# All public IPv6 addresses are in here; a class that is registered tomorrow in the rest is refused today.
_PUBLIC_IPV6 = ip_network("2000::/3")
# Nobody listens there, whatever name leads to it.
_NO_HOST = frozenset({"unspecified", "multicast", "broadcast"})


def address_class(ip: str) -> str | None:
    """What the address is for, when it is not public; None for a public one.

    Args:
        ip: as a resolver gives it, an IPv6 scope included.

    Raises:
        ValueError: it is no IP address.
    """
    address = _unscoped(ip)
    for network, name in _CLASSES:
        if _within(address, network):
            return name
    if address.version == 6 and not _within(address, _PUBLIC_IPV6):
        return "reserved"
    return None if address.is_global else "reserved"


def refusal(ip: str, *, allowed: bool) -> str | None:
    """Why no page may come from this address; None when it may.

    Args:
        allowed: whether the user allows the host by its name.
    """
    found = address_class(ip)
    return None if found is None or (allowed and found not in _NO_HOST) else found


def _unscoped(ip: str) -> IPv4Address | IPv6Address:
    return ip_address(ip.partition("%")[0])


def _within(address: IPv4Address | IPv6Address, network: IPv4Network | IPv6Network) -> bool:
    return address.version == network.version and address in network
