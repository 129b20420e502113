"""The guidelines tell of every preflight rule, and what the benchmarks say."""

from __future__ import annotations

import json
import re

from benchmarks.plan import RESULTS
from processor.core.preflight_finding import Rule
from tests.documents.tables import GUIDELINES

GUIDE = GUIDELINES.read_text(encoding="utf-8")


def test_guidelines_list_every_preflight_rule_once() -> None:
    listed = re.findall(r"^\| `(preflight\.\w+)`", GUIDE, re.MULTILINE)
    assert sorted(listed) == sorted(Rule)


def test_guidelines_say_what_was_measured_of_plans() -> None:
    by_count = {one["articles"]: one for one in json.loads(RESULTS.read_text("utf-8"))["measured"]}
    large = by_count[12_000]
    assert large["seconds"] < 10
    assert f"{large['plan']['input_tokens'] / 1e6:.1f} M ± 35 %" in GUIDE
    assert f"| {large['plan']['jobs']}, of which 15 are active" in GUIDE
    assert abs(large["peak_bytes"] - by_count[3_000]["peak_bytes"]) < 5_000_000
