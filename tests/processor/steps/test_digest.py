"""The digest computed beside the writing is the digest."""

from __future__ import annotations

import threading
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from processor.steps.digest import Digest


@given(st.lists(st.binary(max_size=4_000), max_size=12))
def test_digest_is_that_of_all_blocks_in_order(blocks: list[bytes]) -> None:
    with Digest() as digest:
        for block in blocks:
            digest.update(block)
        assert digest.hexdigest() == sha256(b"".join(blocks)).hexdigest()


def test_digest_goes_on_after_it_was_asked() -> None:
    with Digest() as digest:
        digest.update(b"one")
        assert digest.hexdigest() == sha256(b"one").hexdigest()
        digest.update(b"two")
        assert digest.hexdigest() == sha256(b"onetwo").hexdigest()


def test_no_thread_is_left_behind_when_the_writing_fails() -> None:
    def fail() -> None:
        with Digest() as digest:
            for _ in range(10):
                digest.update(b"x" * 1_000)
            raise OSError("full")

    with pytest.raises(OSError, match="full"):
        fail()
    assert [one for one in threading.enumerate() if one.name == "digest"] == []
