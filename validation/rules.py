"""The table of every rule that a finding can name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from validation.finding import Finding
from validation.verdict import Outcome


class Effect(StrEnum):
    """What a finding does to the outcome of its item."""

    REJECT = "reject"
    FAIL = "fail"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: what it means and what a person does about it.

    Attributes:
        id: Group and name, `decode.duplicate_key`.
        effect: Reject, fail, or note (which never changes the outcome).
        meaning: What was found, in one sentence.
        example: An answer, or a part of one, that shows it.
        advice: What to do.
    """

    id: str
    effect: Effect
    meaning: str
    example: str
    advice: str


def outcome_of(findings: tuple[Finding, ...]) -> Outcome:
    """Return the outcome: failed if any finding fails the item, rejected if any rejects it."""
    effects = {RULES[one.rule].effect for one in findings}
    if Effect.FAIL in effects:
        return Outcome.FAILED
    if Effect.REJECT in effects:
        return Outcome.REJECTED
    return Outcome.ACCEPTED


def decisive_first(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return the findings, notes last: what comes first is why an answer was not accepted."""
    return tuple(sorted(findings, key=lambda one: RULES[one.rule].effect is Effect.NOTE))


_REJECT, _FAIL, _NOTE = Effect.REJECT, Effect.FAIL, Effect.NOTE
_AGAIN = "Retry the item; if it repeats, simplify what the prompt asks for."
_ROOM = "Raise max_output_tokens or lower thinking, then retry the item."
_POLICY = "Look at the item's text: the service will not answer it as it is."
_STRICT = "Ask for JSON only in the prompt, or send the schema along; then retry the item."

_ACCOUNT = (
    ("account.missing", _FAIL, "A requested key has no line in the results.",
     "no line with key p7", "Retry the item; nothing was charged for it by what is known."),
    ("account.duplicate_identical", _NOTE, "A key was answered twice with the same text.",
     "two lines with key p7, same text", "Nothing to do; one of them is used."),
    ("account.duplicate_different", _FAIL, "A key was answered more than once, differently.",
     "two lines with key p7, two texts", "Retry the item; the raw lines are in answers.jsonl."),
    ("account.unknown_key", _NOTE, "A line carries a key that was never asked.",
     '{"key": "stranger", …}', "Look at answers.jsonl; the line belongs to no item."),
    ("account.unparseable_line", _NOTE, "A line is no JSON object, so it belongs to no item.",
     '{"key": "p7", "resp', "Look at answers.jsonl; the item it was for is reported missing."),
    ("account.no_key", _NOTE, "A line carries no key, or more than one, so it belongs to no item.",
     '{"response": {…}}', "Look at answers.jsonl; the item it was for is reported missing."),
)  # fmt: skip

_JOB = (
    ("job.failed", _FAIL, "The batch job failed before this item was answered.",
     "BATCH_STATE_FAILED", "Read the job's own reason in the report, then retry."),
    ("job.expired", _FAIL, "The batch job expired (48 hours) before this item was answered.",
     "BATCH_STATE_EXPIRED", "Retry, with fewer items in one job."),
    ("job.cancelled", _FAIL, "The batch job was cancelled before this item was answered.",
     "BATCH_STATE_CANCELLED", "Retry the run if the items are still wanted."),
    ("job.held_back", _FAIL, "The item was never sent: the canary before it did not do well.",
     "accepted share below the task's", "Mend the prompt or the schema, then retry the run."),
    ("job.never_sent", _FAIL, "No job on the service asked for the item when the run was adopted.",
     "3 of 4 jobs in the list", "Retry the run: its items are asked in a new job."),
)  # fmt: skip

_ENVELOPE = (
    ("envelope.error_line", _FAIL, "The line holds an error or a status instead of an answer.",
     '{"key": "p7", "error": {"code": 13}}',
     "Codes 4, 8, 13, 14 are passing: retry. Others name a fault of the request."),
    ("envelope.no_response", _FAIL, "The line holds neither a response nor an error.",
     '{"key": "p7"}', "Retry the item."),
    ("envelope.malformed", _FAIL, "The response is not built as the API documents it.",
     '{"response": {"candidates": "x"}}', "Look at answers.jsonl and report it to the project."),
    ("envelope.duplicate_member", _FAIL, "The line gives one member of an object twice.",
     '{"key": "p7", "response": {…}, "response": {…}}', "Retry the item."),
    ("envelope.blocked_prompt", _FAIL, "The prompt was blocked, so no candidate was made.",
     '{"promptFeedback": {"blockReason": "SAFETY"}}', _POLICY),
    ("envelope.no_candidate", _FAIL, "The response holds no candidate.",
     '{"candidates": []}', "Retry the item."),
    ("envelope.several_candidates", _REJECT, "There is more than one candidate; none is chosen.",
     '{"candidates": [{…}, {…}]}', "Set candidate_count to 1."),
    ("envelope.truncated", _REJECT, "The model stopped at the token limit (MAX_TOKENS).",
     '"finishReason": "MAX_TOKENS"', _ROOM),
    ("envelope.continuation", _REJECT, "The answer is one part of a longer one (CONTINUATION).",
     '"finishReason": "CONTINUATION"', _ROOM),
    ("envelope.no_finish_reason", _REJECT, "No reason to stop is given, so it may be incomplete.",
     '{"content": {…}}', "Retry the item."),
    ("envelope.unknown_finish_reason", _REJECT, "The finish reason is none that is known.",
     '"finishReason": "NEW_REASON"', "Look the reason up; a newer version may know it."),
    ("envelope.other_model", _REJECT, "Another model answered than was asked.",
     '"modelVersion": "gemini-0"', "Name it in accept_models if it may answer; else retry."),
    ("envelope.model_unstated", _NOTE, "The answer does not say which model made it.",
     "no modelVersion", "Nothing to do; the service did not say."),
    ("envelope.no_text", _FAIL, "The candidate holds no text.",
     '{"content": {"parts": []}}', "Retry the item."),
    ("envelope.thoughts_only", _FAIL, "The candidate holds thoughts and no answer.",
     '{"parts": [{"text": "…", "thought": true}]}', _ROOM),
    ("envelope.other_parts", _NOTE, "Parts that are no text were left out of the answer.",
     '{"functionCall": {…}}', "Ask for no tools where text is wanted."),
)  # fmt: skip

# Every reason but STOP. Failed: no answer to judge. Rejected: the model's own output is at fault.
# Source: google-genai 3.4.0, types.FinishReason, read 2026-11-22.
_FINISH = (
    ("FINISH_REASON_UNSPECIFIED", _REJECT, "The service gave the reason UNSPECIFIED.", _AGAIN),
    ("SAFETY", _FAIL, "The answer was blocked for safety.", _POLICY),
    ("RECITATION", _FAIL, "The answer was blocked for reciting existing text.", _POLICY),
    ("LANGUAGE", _FAIL, "The answer was blocked for an unsupported language.", _POLICY),
    ("OTHER", _FAIL, "The answer was blocked for a reason that is not told.", _AGAIN),
    ("BLOCKLIST", _FAIL, "The answer was blocked for a forbidden term.", _POLICY),
    ("PROHIBITED_CONTENT", _FAIL, "The answer was blocked for prohibited content.", _POLICY),
    ("SPII", _FAIL, "The answer was blocked for sensitive personal data.", _POLICY),
    ("MALFORMED_FUNCTION_CALL", _REJECT, "The model made a broken function call.", _AGAIN),
    ("IMAGE_SAFETY", _FAIL, "A generated image was blocked for safety.", _POLICY),
    ("IMAGE_PROHIBITED_CONTENT", _FAIL, "A generated image was prohibited.", _POLICY),
    ("IMAGE_RECITATION", _FAIL, "A generated image was blocked for recitation.", _POLICY),
    ("IMAGE_OTHER", _FAIL, "A generated image was blocked for another reason.", _POLICY),
    ("NO_IMAGE", _FAIL, "An image was expected and none was made.", _AGAIN),
    ("UNEXPECTED_TOOL_CALL", _REJECT, "The model called a tool that was not offered.", _AGAIN),
    ("TOO_MANY_TOOL_CALLS", _REJECT, "The model called tools too often.", _AGAIN),
    ("MISSING_THOUGHT_SIGNATURE", _FAIL, "The request lacks a thought's signature.",
     "Take earlier thoughts out of the request."),
    ("MALFORMED_RESPONSE", _REJECT, "The service could not read the model's output.", _AGAIN),
    ("ESCALATION", _FAIL, "The answer was held back for review.", _POLICY),
    ("PUP_LIMITED_DISABLED", _FAIL, "The service is limited or disabled for this project.",
     "Look at the project's settings and quota."),
    ("MODEL_ARMOR", _FAIL, "The answer was blocked by Model Armor.", _POLICY),
)  # fmt: skip

_DECODE = (
    ("decode.empty", _REJECT, "The text is empty.", '""', _STRICT),
    ("decode.not_utf8", _REJECT, "The bytes are no UTF-8.", r"b'\xff'", _STRICT),
    ("decode.truncated", _REJECT, "The text ends before the JSON does.", '{"a": 1, "b":', _ROOM),
    ("decode.text_before", _REJECT, "Text stands before the JSON.", 'Here: {"a": 1}', _STRICT),
    ("decode.trailing_text", _REJECT, "Text follows the JSON.", '{"a": 1} Done.', _STRICT),
    ("decode.second_value", _REJECT, "A second value follows; none is chosen.",
     '{"a": 1}{"a": 2}', _STRICT),
    ("decode.no_json", _REJECT, "There is no JSON in the text.", "I cannot help.", _STRICT),
    ("decode.fence", _REJECT, "A code fence does not enclose the whole text, or does not close.",
     '```json\n{"a": 1}', _STRICT),
    ("decode.syntax", _REJECT, "The grammar of JSON is broken.", "{'a': 1}", _STRICT),
    ("decode.wrong_close", _REJECT, "A bracket closes something else, or nothing.",
     '{"a": [1}]', _STRICT),
    ("decode.bad_number", _REJECT, "A number is not written as JSON writes it.",
     '{"zip": 01234}', _STRICT),
    ("decode.bad_escape", _REJECT, "A string holds an escape that JSON does not know.",
     r'{"a": "\d"}', _STRICT),
    ("decode.elision", _REJECT, "An ellipsis or a comment stands for data that is left out.",
     '{"a": [1, 2, ...]}', "Ask for the complete list in the prompt; then retry the item."),
    ("decode.not_a_number", _REJECT, "NaN or infinity stands for a number.",
     '{"a": NaN}', "Say in the prompt what to write for an unknown number, such as null."),
    ("decode.number_overflow", _REJECT, "A number is larger than a double can hold.",
     '{"a": 1e400}', _STRICT),
    ("decode.number_too_long", _REJECT, "An integer has more than 4,300 digits.",
     '{"a": 999…}', _STRICT),
    ("decode.duplicate_key", _REJECT, "A member is given twice; none is chosen.",
     '{"a": 1, "a": 2}', _AGAIN),
    ("decode.lone_surrogate", _REJECT, "A string holds half a character.",
     r'{"a": "\ud800"}', _AGAIN),
    ("decode.too_deep", _REJECT, "The value is nested more than 254 levels deep.",
     "[[[[…]]]]", _AGAIN),
    ("decode.root", _REJECT, "The root is not the object (or array) that the profile wants.",
     '"text"', _STRICT),
)  # fmt: skip

_FIELDS = (
    ("fields.missing", _REJECT, "A required field is there under none of its names, or is null.",
     '{"title": "x"} without findings', "See the suggestions in the report; else retry."),
    ("fields.missing_any", _REJECT, "None of a group of fields is there.",
     "neither findings nor methodology", "See the suggestions in the report; else retry."),
    ("fields.conflict", _REJECT, "Two names of one field hold different values; none is chosen.",
     '{"methods": "a", "methodology": "b"}', _AGAIN),
    ("fields.equal_twins", _NOTE, "Two names of one field hold equal values, which count as one.",
     '{"methods": "a", "methodology": "a"}', "Nothing to do."),
    ("fields.extra", _NOTE, "A field that neither the rules nor the schema know is kept.",
     '{"confidence": 0.9}', "Add it to the schema, or forbid it with additionalProperties."),
)  # fmt: skip

_LAX = (
    ("lax.number_as_string", _NOTE, "A number written as a string was taken as the number.",
     '{"year": "2020"}', "Allowed by lax in fields.toml."),
    ("lax.boolean_as_string", _NOTE, "true or false written as a string was taken as the boolean.",
     '{"irrigated": "true"}', "Allowed by lax in fields.toml."),
    ("lax.string_as_integer", _NOTE, "An integer was taken as the string of its digits.",
     '{"plot": 12}', "Allowed by lax in fields.toml."),
    ("lax.array_as_single", _NOTE, "A single value was taken as an array of one.",
     '{"authors": "A. Meyer"}', "Allowed by lax in fields.toml."),
)  # fmt: skip

_RELATION = (
    ("relation.equals", _REJECT, "A value differs from the item's.",
     '"paper_id": "p8" for item p7', _AGAIN),
    ("relation.in", _REJECT, "A value is none of the values allowed.",
     '"site": "Mars"', _AGAIN),
    ("relation.between", _REJECT, "A value lies outside of the range allowed.",
     '"year": 1066', _AGAIN),
    ("relation.quoted_in", _REJECT, "A quotation does not occur in the item's text.",
     '"evidence": "words nobody wrote"', "Do not use the finding: the model made the words up."),
    ("relation.no_item_field", _REJECT, "The item lacks the field that the relation refers to.",
     'equals = "item.paper_id", item without it', "Correct fields.toml or the item."),
)  # fmt: skip

_SCHEMA_MEANINGS = (
    ("type", "A value has another JSON type than the schema wants.", '"year": "2020"'),
    ("required", "A member that the schema requires is absent.", "no title"),
    ("additionalProperties", "A member is there that the schema forbids.", '"extra": 1'),
    ("unevaluatedProperties", "A member is there that no part of the schema knows.", '"extra": 1'),
    ("properties", "A member breaks its own schema.", '"a": 1'),
    ("patternProperties", "A member breaks the schema for names like its own.", '"x_1": "a"'),
    ("propertyNames", "A member's name breaks the schema for names.", '"Bad Name": 1'),
    ("minProperties", "An object has too few members.", "{}"),
    ("maxProperties", "An object has too many members.", '{"a": 1, "b": 2}'),
    ("dependentRequired", "A member is absent that another one requires.", '{"unit": "g"}'),
    ("dependentSchemas", "An object breaks the schema that one of its members brings.", "{…}"),
    ("items", "An element breaks the schema of elements, or there are too many.", "[1]"),
    ("prefixItems", "An element breaks the schema of its place.", '["a"]'),
    ("unevaluatedItems", "An element is there that no part of the schema knows.", "[1, 2]"),
    ("contains", "Too few or too many elements fit the schema wanted.", "[]"),
    ("minContains", "Too few elements fit the schema wanted.", "[]"),
    ("maxContains", "Too many elements fit the schema wanted.", "[1, 1]"),
    ("minItems", "An array has too few elements.", "[]"),
    ("maxItems", "An array has too many elements.", "[1, 2, 3]"),
    ("uniqueItems", "Two elements of an array are equal.", "[1, 1]"),
    ("enum", "A value is none of those listed.", '"colour": "redd"'),
    ("const", "A value is not the one wanted.", '"kind": "b"'),
    ("pattern", "A string does not match the pattern.", '"doi": "x"'),
    ("format", "A string is not of the format.", '"date": "soon"'),
    ("minLength", "A string is too short.", '""'),
    ("maxLength", "A string is too long.", '"aaaa"'),
    ("minimum", "A number is too small.", "-1"),
    ("maximum", "A number is too large.", "101"),
    ("exclusiveMinimum", "A number is too small.", "0"),
    ("exclusiveMaximum", "A number is too large.", "100"),
    ("multipleOf", "A number is no multiple of the one given.", "0.3"),
    ("anyOf", "A value fits none of the schemas given.", "null"),
    ("oneOf", "A value fits none, or more than one, of the schemas given.", "1"),
    ("allOf", "A value breaks one of the schemas that must all hold.", "1"),
    ("not", "A value fits a schema that it must not fit.", "1"),
    ("if", "A value breaks the schema that holds under its condition.", "{…}"),
    ("false", "A value is there where the schema allows none.", '"a": 1'),
    ("other", "A value breaks a keyword that is not listed here.", "1"),
    ("too_deep", "The value is too deep for the schema to be applied.", "[[[[…]]]]"),
)
_SCHEMA_ADVICE = "Retry the item; if it repeats, say it in the prompt or change the schema."
_MORE = ("schema.more", _NOTE, "The schema has more findings than are listed.",
         "more than 100 findings", "Correct the first ones first.")  # fmt: skip


def finish_rule(reason: str) -> str:
    """Return the id of the rule for a finish reason that is not STOP."""
    return _FINISH_RULES.get(reason, "envelope.unknown_finish_reason")


_FINISH_RULES = {
    "MAX_TOKENS": "envelope.truncated",
    "CONTINUATION": "envelope.continuation",
    **{reason: f"envelope.finish_{reason.lower()}" for reason, *_ in _FINISH},
}


def _table() -> dict[str, Rule]:
    rows = [*_ACCOUNT, *_JOB, *_ENVELOPE]
    rows += [
        (_FINISH_RULES[reason], effect, meaning, f'"finishReason": "{reason}"', advice)
        for reason, effect, meaning, advice in _FINISH
    ]
    rows += [*_DECODE, *_FIELDS, *_LAX]
    rows += [
        (f"schema.{keyword}", _REJECT, meaning, example, _SCHEMA_ADVICE)
        for keyword, meaning, example in _SCHEMA_MEANINGS
    ]
    rows += [_MORE, *_RELATION]
    return {
        name: Rule(id=name, effect=effect, meaning=meaning, example=example, advice=advice)
        for name, effect, meaning, example, advice in rows
    }


RULES: Mapping[str, Rule] = MappingProxyType(_table())
