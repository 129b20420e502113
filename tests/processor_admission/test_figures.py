"""The figures of the simulation: what the guidelines say of them holds."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from statistics import quantiles

import pytest

from benchmarks.schedule import PLOT, RESULTS, articles
from benchmarks.schedule_cases import Case, measure
from benchmarks.schedule_service import LAWS, LONGEST_SECONDS, draw
from processor.core.admission import JOB_SHARE
from processor.core.cutting import Cutter, Limits

DRAWS = 300


def test_rolling_is_within_a_tenth_of_the_bound_at_the_chosen_size() -> None:
    figures = measure(articles("queue", job_share=JOB_SHARE), draws=DRAWS)
    assert figures.over_bound < 1.10


def test_rolling_meets_the_bound_when_all_jobs_take_the_same_time() -> None:
    for size in ({"job_requests": 1_000}, {"job_share": JOB_SHARE}):
        assert measure(articles("fixed", **size), draws=1).over_bound == 1


@pytest.mark.parametrize("law", LAWS)
def test_rolling_is_never_later_than_waves_in_any_draw(law: str) -> None:
    figures = measure(articles(law, job_requests=1_000), draws=DRAWS)
    assert figures.later_draws == 0
    assert figures.rolling_hours <= figures.waves_hours


def test_the_bound_is_nearly_reached_by_whoever_knows_the_times() -> None:
    """So what rolling lacks is knowledge, which nobody has."""
    figures = measure(articles("queue", job_share=JOB_SHARE), draws=DRAWS)
    assert figures.known_hours is not None
    assert figures.known_hours < 1.01 * figures.bound_hours


def test_twelve_thousand_articles_are_four_waves_of_jobs_of_a_thousand() -> None:
    figures = measure(articles("fixed", job_requests=1_000), draws=1)
    assert (figures.jobs, figures.active) == (12, 3)
    assert figures.case.items * 2_800 == 33_600_000


@pytest.mark.parametrize("items", [1, 213, 214, 215, 12_000])
def test_the_jobs_of_a_case_are_those_that_the_cutter_makes_of_all_items(items: int) -> None:
    case = Case(name="", items=items, enqueued_tokens=10_000_000, law="fixed", job_share=1 / 15)
    cutter = Cutter(Limits(tokens=600_000))
    for position in range(items):
        cutter.add(position, 11_200, 2_800)
    assert [(part.requests, part.tokens, part.bytes) for part in case.sizes()] == [
        (part.requests, part.tokens, part.bytes) for part in cutter.parts
    ]


def test_times_are_distributed_as_stated() -> None:
    times = draw("queue", 0, [1] * 40_000)
    cuts = quantiles(times, n=20)
    assert 0.95 < cuts[9] / (40 * 60) < 1.05
    assert 0.95 < cuts[18] / (6 * 3600) < 1.05
    assert max(times) <= LONGEST_SECONDS


def test_under_work_a_job_of_a_thousand_articles_takes_the_median() -> None:
    times = draw("work", 0, [2_800_000] * 20_000 + [280_000] * 20_000)
    large, small = quantiles(times[:20_000], n=2)[0], quantiles(times[20_000:], n=2)[0]
    assert 0.95 < large / (40 * 60) < 1.05
    assert 9 < large / small < 11


def test_on_a_bad_day_all_jobs_of_a_run_are_slow() -> None:
    runs = sorted(quantiles(draw("day", seed, [1] * 99), n=2)[0] for seed in range(200))
    assert runs[190] > 4 * runs[100]


def test_the_same_draw_gives_the_same_times() -> None:
    assert draw("day", 7, [1, 2, 3]) == draw("day", 7, [1, 2, 3]) != draw("day", 8, [1, 2, 3])


def test_the_committed_figures_are_for_the_job_size_in_use() -> None:
    figures = json.loads(RESULTS.read_text(encoding="utf-8"))
    assert figures["job_share"] == JOB_SHARE
    assert {one["later_draws"] for one in figures["figures"]} == {0}
    regrets = figures["worst_regret"]
    assert min(regrets, key=regrets.__getitem__) == f"1/{1 / JOB_SHARE:.0f}"


def test_the_committed_figures_are_what_comes_out() -> None:
    written = json.loads(RESULTS.read_text(encoding="utf-8"))["figures"]
    row = next(one for one in written if one["law"] == "fixed" and one["job_requests"] == 1_000)
    again = measure(articles("fixed", job_requests=1_000), draws=1)
    assert row["rolling_hours"] == round(again.rolling_hours, 3)
    assert row["waves_hours"] == round(again.waves_hours, 3)


def test_the_plot_is_a_picture() -> None:
    root = ET.parse(PLOT).getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert len(root.findall(".//{*}polyline")) == 6
