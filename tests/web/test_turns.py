"""Turns: hosts take turns, and no host is asked for too much at once."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from processor.core.address import Address, parse_address
from processor.core.turns import Turns


def _addresses(hosts: list[int]) -> list[Address]:
    return [parse_address(f"https://host{host}.example/{n}") for n, host in enumerate(hosts)]


def test_hosts_take_turns() -> None:
    turns = Turns(per_host=2)
    for address in _addresses([1, 1, 1, 2, 2, 3]):
        turns.add(address)
    taken = [turns.take() for _ in range(6)]
    hosts = [address.host[4] if address else None for address in taken]
    assert hosts == ["1", "2", "3", "1", "2", None]  # the third page of host 1 waits


@given(
    st.lists(st.integers(1, 4), max_size=30),
    st.integers(1, 3),
    st.lists(st.integers(0, 29), max_size=60),
)
def test_law_each_is_taken_once_and_no_host_too_often(
    hosts: list[int], per_host: int, choices: list[int]
) -> None:
    turns = Turns(per_host=per_host)
    addresses = _addresses(hosts)
    for address in addresses:
        turns.add(address)
    taken: list[Address] = []
    under_way: list[Address] = []
    picks = iter(choices)
    while len(taken) < len(addresses):
        while (turn := turns.take()) is not None:
            taken.append(turn)
            under_way.append(turn)
            assert max(Counter(a.host for a in under_way).values()) <= per_host
        if len(taken) < len(addresses):
            assert under_way  # nothing is under way, so every host that waits may be asked
            ended = under_way.pop(next(picks, 0) % len(under_way))
            turns.ended(ended)
    assert sorted(a.url for a in taken) == sorted(a.url for a in addresses)
    for host in {a.host for a in addresses}:
        assert [a for a in taken if a.host == host] == [a for a in addresses if a.host == host]
