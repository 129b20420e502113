"""Every cut: killed before, inside and after each effect, a run ends as if it had not been."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from processor.ports import Journal
from tests.crash.cuts import Cut
from tests.crash.effects import READS, WRITES
from tests.crash.harness import SCENARIOS, Bench, Recovery, Reference
from tests.crash.measured import keep

_PARTS = 4
_PAIRS = 100
_PLAIN, _MIXED, _ORDER, _LOST, _NOT_MADE, *_, _THREE, _CANARY = SCENARIOS


def _spread(cuts: Sequence[Cut], number: int) -> list[Cut]:
    return [cuts[len(cuts) * n // number] for n in range(number)]


def _assert_whole(recovery: Recovery, reference: Reference) -> None:
    assert recovery.jobs == recovery.wanted, (
        f"{recovery.cut}: {recovery.jobs} jobs\n{recovery.words}"
    )
    assert recovery.lost == 0, f"{recovery.cut}: {recovery.lost} lost\n{recovery.words}"
    assert recovery.differ == (), f"{recovery.cut}: {recovery.differ}\n{recovery.words}"
    assert recovery.exit_code == reference.exit_code, f"{recovery.cut}\n{recovery.words}"
    assert recovery.uploads <= recovery.wanted + 2, f"{recovery.cut}: {recovery.uploads} uploads"


@pytest.mark.parametrize(
    ("scenario", "number"),
    [(_PLAIN, 8), (_MIXED, 4), (_ORDER, 2), (_LOST, 3), (_THREE, 3), (_CANARY, 2)],
)
def test_a_cut_run_ends_as_if_uncut(place: Bench, scenario: str, number: int) -> None:
    reference = place.reference(scenario)
    for cut in _spread(reference.cuts, number):
        _assert_whole(place.cut(scenario, cut), reference)


def test_a_run_cut_twice_ends_as_if_uncut(place: Bench) -> None:
    reference = place.reference(_PLAIN)
    for first, second in _pairs(reference.cuts, 3, seed=7):
        _assert_whole(place.cut(_PLAIN, first, second), reference)


def test_every_call_of_the_journal_is_known_to_write_or_not_to() -> None:
    calls = {name for name in vars(Journal) if not name.startswith("_")}
    assert calls == READS | WRITES
    assert not READS & WRITES


def test_cuts_fall_on_every_port(place: Bench) -> None:
    effects = {cut.effect.partition(".")[0] for cut in place.reference(_PLAIN).cuts}
    assert effects == {"files", "journal", "gateway"}
    asked = (_PLAIN, _LOST, _NOT_MADE)
    calls = {cut.effect for name in asked for cut in place.reference(name).cuts}
    assert {
        f"gateway.{name}" for name in ("upload", "create", "get", "page", "file_exists")
    } < calls


@pytest.mark.soak
@pytest.mark.parametrize("part", range(_PARTS))
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_cut_ends_as_if_uncut(place: Bench, scenario: str, part: int) -> None:
    reference = place.reference(scenario)
    made = [place.cut(scenario, cut) for cut in reference.cuts[part::_PARTS]]
    name = f"cuts-{list(SCENARIOS).index(scenario)}-{part}"
    keep(name, ({"scenario": scenario, **recovery.as_json()} for recovery in made))
    for recovery in made:
        _assert_whole(recovery, reference)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(_PARTS))
def test_every_second_cut_ends_as_if_uncut(place: Bench, part: int) -> None:
    reference = place.reference(_MIXED)
    pairs = _pairs(reference.cuts, _PAIRS // _PARTS, seed=part)
    made = [place.cut(_MIXED, first, second) for first, second in pairs]
    keep(f"pairs-{part}", (recovery.as_json() for recovery in made))
    for recovery in made:
        _assert_whole(recovery, reference)


def _pairs(cuts: Sequence[Cut], number: int, *, seed: int) -> list[tuple[Cut, Cut]]:
    """Two cuts each, the second anywhere: where the resume does not come by, it is not cut."""
    chance = random.Random(seed)
    return [(chance.choice(cuts), chance.choice(cuts)) for _ in range(number)]
