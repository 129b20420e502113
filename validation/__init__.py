"""A strict judge of what language models write as JSON.

    from validation import load_profile, validate
    profile = load_profile(schema={"type": "object", "required": ["title"]})
    verdict = validate('{"title": "Potassium in loess"}', profile)
    print(verdict.outcome, verdict.data)

It touches no disk, no network, no clock.
"""

from validation.decode import DecodeError, parse_exact, write_exact
from validation.envelope import judge
from validation.finding import Finding
from validation.judging import validate
from validation.line import read_line
from validation.profile import Profile, ProfileError, load_profile
from validation.rules import RULES, Effect, Rule
from validation.suggestion import Suggestion, Suggestions, apply_suggestion
from validation.verdict import Judgement, Line, Outcome, Usage, Verdict

__all__ = [
    "RULES",
    "DecodeError",
    "Effect",
    "Finding",
    "Judgement",
    "Line",
    "Outcome",
    "Profile",
    "ProfileError",
    "Rule",
    "Suggestion",
    "Suggestions",
    "Usage",
    "Verdict",
    "apply_suggestion",
    "judge",
    "load_profile",
    "parse_exact",
    "read_line",
    "validate",
    "write_exact",
]
