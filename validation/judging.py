"""Judging a text by a profile: it decodes, its fields resolve, its schema holds."""

from __future__ import annotations

from validation.decode import UNSURE, DecodeError, decode, quick
from validation.finding import encodable, finding
from validation.lax import relax
from validation.profile import Profile
from validation.relation import relate
from validation.rules import decisive_first, outcome_of
from validation.verdict import NO_VARIANTS, Outcome, Verdict
from validation.wrapper import unwrap


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
    value = quick(text)
    if value is not UNSURE:
        return judge_root(value, profile, item=item, plain=True)
    try:
        decoded = decode(text)
    except DecodeError as error:
        return Verdict(Outcome.REJECTED, findings=error.findings)
    value, repairs, plain = decoded
    return judge_root(value, profile, item=item, plain=plain, repairs=repairs)


def judge_root(
    value: object,
    profile: Profile,
    *,
    item: object = None,
    plain: bool = False,
    repairs: tuple[str, ...] = (),
) -> Verdict:
    """Judge a decoded value from its root: wrappers off, then as `judge_value` does."""
    declared = profile.declared
    if declared.unwrap:
        value, wrappers = unwrap(value, declared.unwrap, declared.root)
        repairs = (*repairs, *wrappers)
    if type(value) is not declared.root_type:
        article = "an array" if declared.root == "array" else "an object"
        message = f"the root is {_kind_of(value)}; {article} is wanted"
        rooted = (finding("decode.root", "$", message),)
        return Verdict(Outcome.REJECTED, findings=rooted, repairs=repairs)
    return judge_value(value, profile, item=item, plain=plain, repairs=repairs)


def judge_value(
    value: object,
    profile: Profile,
    *,
    item: object = None,
    plain: bool = False,
    repairs: tuple[str, ...] = (),
) -> Verdict:
    """Judge a value that is decoded already: its fields, its schema, its relations.

    Args:
        value: An object or array with exact values; it is not changed.
        profile: What to judge by.
        item: What the value is about; relations are checked where it is given.
        plain: Whether the value is known to hold no integer beyond 64 bits.
        repairs: What was done to the text, for the verdict.
    """
    guard = profile.fields.guard
    if not (plain and guard is not None and guard(value)):
        value, found, variants = profile.fields.resolve(value)
    else:
        found, variants = (), NO_VARIANTS
    schema = profile.schema
    if schema is not None and not (plain and schema.clear(value)):
        lax = profile.declared.lax
        if lax and not schema.reference.is_valid(value):
            value, notes = relax(value, schema, lax)
            found = (*found, *notes)
        found = (*found, *schema.findings(value))
    relations = profile.declared.relations
    if relations and item is not None:
        found = (*found, *relate(value, item, relations))
    if not found:
        return Verdict(Outcome.ACCEPTED, value, value, (), repairs, variants)
    outcome = outcome_of(found)
    if outcome is Outcome.ACCEPTED:
        return Verdict(outcome, value, value, found, repairs, variants)
    return Verdict(outcome, None, value, decisive_first(found), repairs, variants)


def _kind_of(value: object) -> str:
    names = {str: "a string", bool: "a boolean", type(None): "null", dict: "an object"}
    return names.get(type(value), "an array" if isinstance(value, list) else "a number")


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
