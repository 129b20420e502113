"""Which IP addresses pages may come from: a table of every class there is."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.core.address_class import address_class, refusal

PUBLIC = [
    "8.8.8.8", "1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "128.0.0.1",
    "126.255.255.255", "169.253.255.255", "172.15.255.255", "172.32.0.0", "192.0.1.1", "192.169.0.0",
    "192.167.255.255", "198.17.255.255", "198.20.0.0", "223.255.255.255", "168.63.129.15",
    "2606:4700::1111", "2a00:1450:4001::200e", "2400:cb00::1", "2001:4860:4860::8888", "2003::1",
]  # fmt: skip
NOT_PUBLIC = {
    "0.0.0.0": "unspecified",
    "0.1.2.3": "unspecified",
    "10.0.0.0": "private",
    "10.255.255.255": "private",
    "100.64.0.1": "private",
    "100.100.100.200": "private",
    "127.0.0.1": "loopback",
    "127.255.255.254": "loopback",
    "169.254.169.254": "link-local",
    "172.16.0.1": "private",
    "172.31.255.255": "private",
    "192.0.0.192": "reserved",
    "192.0.2.7": "documentation",
    "192.88.99.1": "6to4",
    "192.168.1.1": "private",
    "198.18.0.1": "benchmarks",
    "198.51.100.1": "documentation",
    "203.0.113.9": "documentation",
    "224.0.0.1": "multicast",
    "239.255.255.250": "multicast",
    "240.0.0.1": "reserved",
    "255.255.255.255": "broadcast",
    "168.63.129.16": "Azure",
    "::": "unspecified",
    "::1": "loopback",
    "::ffff:127.0.0.1": "IPv4 address within",
    "::ffff:8.8.8.8": "IPv4 address within",
    "::127.0.0.1": "reserved",
    "64:ff9b::7f00:1": "NAT64",
    "64:ff9b::808:808": "NAT64",
    "64:ff9b:1::1": "NAT64",
    "100::1": "reserved",
    "2002:7f00:1::": "6to4",
    "2002:808:808::1": "6to4",
    "2001:0:53aa::1": "Teredo",
    "2001:2::1": "reserved",
    "2001:20::1": "reserved",
    "2001:db8::1": "documentation",
    "3fff::1": "documentation",
    "4000::1": "reserved",
    "5f00::1": "reserved",
    "fc00::1": "private",
    "fd12:3456::1": "private",
    "fe80::1": "link-local",
    "fe80::1%eth0": "link-local",
    "fec0::1": "private",
    "ff02::1": "multicast",
}


@pytest.mark.parametrize("ip", PUBLIC)
def test_public_address_is_allowed(ip: str) -> None:
    assert refusal(ip, allowed=False) is None


@pytest.mark.parametrize("ip", NOT_PUBLIC)
def test_rejects_address_that_is_not_public(ip: str) -> None:
    assert NOT_PUBLIC[ip] in (refusal(ip, allowed=False) or "")


@pytest.mark.parametrize(
    "ip", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fd00::1", "64:ff9b::1"]
)
def test_host_that_the_user_names_is_allowed(ip: str) -> None:
    assert refusal(ip, allowed=True) is None


@pytest.mark.parametrize("ip", ["0.0.0.0", "::", "224.0.0.1", "ff02::1", "255.255.255.255"])
def test_rejects_where_nobody_can_be_though_named(ip: str) -> None:
    assert refusal(ip, allowed=True)


@given(st.ip_addresses(v=4))
def test_law_no_ipv4_address_is_public_within_ipv6(ip: IPv4Address) -> None:
    for within in (f"::ffff:{ip}", f"::{ip}", f"64:ff9b::{ip}"):
        assert address_class(within) is not None


@given(st.ip_addresses())
def test_law_what_python_calls_private_is_refused(ip: IPv4Address | IPv6Address) -> None:
    if not ip.is_global:
        assert address_class(str(ip)) is not None


@pytest.mark.parametrize("odd", ["0x7f.1", "0177.0.0.1", "2130706433", "127.1", "0x7f000001"])
def test_odd_spelling_is_judged_as_the_resolver_takes_it(odd: str) -> None:
    try:
        found = socket.getaddrinfo(odd, 80, type=socket.SOCK_STREAM)
    except OSError:
        return  # this system's resolver takes it for no address: nothing is connected to
    assert {address_class(str(entry[4][0])) for entry in found} == {"loopback"}
