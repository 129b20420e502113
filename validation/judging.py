"""Judging a text by a profile: it decodes, its fields resolve, its schema holds."""

from __future__ import annotations

from validation.decode import DecodeError, decode
from validation.finding import Finding, encodable, finding
from validation.profile import Profile
from validation.rules import outcome_of
from validation.verdict import Outcome, Verdict


def validate(text: str | bytes, profile: Profile, *, item: object = None) -> Verdict:
    """Judge one text.

    Args:
        text: What the model wrote, from any source.
        profile: What to judge by.
        item: What the text is about; the profile's relations are checked where it is given.

    Returns:
        A verdict; nothing is raised for anything that a text can hold. `data` is the text's own
        value, under canonical names, and is there only if every rule holds.
    """
    if profile.kind == "text":
        return _validate_prose(text)
    try:
        decoded = decode(text)
    except DecodeError as error:
        return Verdict(Outcome.REJECTED, findings=error.findings)
    wanted = list if profile.fields.root == "array" else dict
    if not isinstance(decoded.value, wanted):
        message = f"the root is no {profile.fields.root}"
        found: tuple[Finding, ...] = (finding("decode.root", "$", message),)
        return Verdict(Outcome.REJECTED, findings=found, repairs=decoded.repairs)
    resolved = profile.fields.resolve(decoded.value)
    schema = profile.schema
    found = resolved.findings
    if schema is not None and not (
        schema.compiled is not None and decoded.plain and schema.compiled.is_valid(resolved.value)
    ):
        found = (*found, *schema.findings(resolved.value))
    outcome = outcome_of(found) if found else Outcome.ACCEPTED
    return Verdict(
        outcome,
        resolved.value if outcome is Outcome.ACCEPTED else None,
        resolved.value,
        found,
        (*decoded.repairs, *resolved.repairs),
        resolved.variants,
    )


def _validate_prose(text: str | bytes) -> Verdict:
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError as error:
            found = finding("decode.not_utf8", "$", f"byte {error.start} is no UTF-8")
            return Verdict(Outcome.REJECTED, findings=(found,))
    if not text.strip():
        empty = finding("decode.empty", "$", "the text is empty")
        return Verdict(Outcome.REJECTED, findings=(empty,))
    if encodable(text) != text:
        half = finding("decode.lone_surrogate", "$", "the text holds half a character")
        return Verdict(Outcome.REJECTED, findings=(half,))
    return Verdict(Outcome.ACCEPTED, text, text)
