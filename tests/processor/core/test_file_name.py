"""The laws of an output's file name."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given

from processor.core.file_name import output_name
from tests.processor.strategies import item_ids

# Reserved on Windows, whatever follows the first dot. Source: learn.microsoft.com, "Naming Files,
# Paths, and Namespaces", read 2026-11-22.
_DEVICES = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{name}{n}" for name in ("com", "lpt") for n in range(10)),
}


@given(item_ids, item_ids)
@example("A", "a")
@example("a~", "A")
@example("ß", "SS")
@example("x" * 300, "x" * 301)
@example("%2F", "/")
@example("é", "e\u0301")
def test_two_ids_never_share_a_name(one: str, other: str) -> None:
    # A file system may fold case: names must differ even then.
    same = output_name(one).casefold() == output_name(other).casefold()
    assert same == (one == other)


@given(item_ids)
def test_name_is_short_ascii_without_separators(item_id: str) -> None:
    name = output_name(item_id)
    assert len(name) <= 180
    assert re.fullmatch(r"[A-Za-z0-9._~%-]+\.json", name)
    assert not name.startswith(".")


@given(item_ids)
@example("con")
@example("Lpt1.x")
@example("NUL")
def test_name_is_no_device_of_windows(item_id: str) -> None:
    assert output_name(item_id).split(".")[0].lower() not in _DEVICES


@pytest.mark.parametrize("item_id", ["k01-illite", "10", "a.b_c-d", "x" * 120])
def test_safe_id_is_its_own_name(item_id: str) -> None:
    assert output_name(item_id) == item_id + ".json"


def test_path_out_of_the_folder_is_encoded() -> None:
    assert output_name("../x") == "..%2Fx.json" or "/" not in output_name("../x")
