"""The text for a field: from the item's words, fitted to the schema."""

import re
from dataclasses import dataclass
from typing import Any

from sandbox.answers.draw import Draw
from sandbox.answers.figures import dates, figures, names, people, places, years
from sandbox.answers.formats import FORMATS, fits_format
from sandbox.answers.item import Item
from sandbox.answers.names import Sort, cues_for, sort_of
from sandbox.answers.patterns import Unsupported, matches, sample

_PHRASE_WORDS = 5
_SUMMARY_LENGTH = 360
_SEARCHED = 50_000
_NO_TEXT = "The item has no text."
_SAMPLES = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """The field to fill: its name, its path, and the sentence that its object is about."""

    name: str
    path: str
    focus: str
    item: Item
    draw: Draw


def text_for(field: Field, schema: dict[str, Any], given: Any) -> str:
    """A text for the field; `given` is what the item has under that name, or None."""
    wanted = given if isinstance(given, str) and given.strip() else None
    wanted = str(given) if isinstance(given, int | float) else wanted
    if isinstance(given, list) and given and all(isinstance(one, str) for one in given):
        wanted = ", ".join(given)
    return _fitted(wanted or _by_sort(field), field, schema)


def _fitted(text: str, field: Field, schema: dict[str, Any]) -> str:
    kind = schema.get("format")
    if isinstance(kind, str) and kind in FORMATS and not fits_format(kind, text):
        text = _formatted(kind, field)
    pattern = schema.get("pattern")
    if isinstance(pattern, str) and not matches(pattern, text):
        return _patterned(pattern, field, schema)
    if isinstance(kind, str) and kind in FORMATS:
        return text
    return _measured(text, field, schema)


def _measured(text: str, field: Field, schema: dict[str, Any]) -> str:
    low, high = int(schema.get("minLength", 0)), schema.get("maxLength")
    if len(text) < low:
        # The item's own words go on where the field's are too few.
        text = f"{text} {field.item.text}".strip() if field.item.text.strip() else _NO_TEXT
        text = (text + " ") * (low // max(len(text), 1) + 1) if len(text) < low else text
        text = text[: max(low, 1) + 40] if high is None else text
    if high is not None and len(text) > high:
        text = _cut(text, int(high), low)
    return text


def _cut(text: str, high: int, low: int) -> str:
    short = text[:high]
    words = short.rpartition(" ")[0]
    return words if len(words) >= max(low, high // 2, 1) else short


def _patterned(pattern: str, field: Field, schema: dict[str, Any]) -> str:
    low, high = int(schema.get("minLength", 0)), int(schema.get("maxLength", 1 << 30))
    bare = re.sub(r"^\^|(?<!\\)\$$", "", pattern)
    try:
        found = re.search(bare, field.item.text[:_SEARCHED])
    except re.error:
        found = None
    if found and low <= len(found[0]) <= high and found[0] and matches(pattern, found[0]):
        return found[0]
    text = ""
    for turn in range(_SAMPLES):
        try:
            text = sample(pattern, field.draw, f"{field.path}~{turn}")
        except Unsupported:
            break
        if low <= len(text) <= high and matches(pattern, text):
            break
        longer = text.ljust(low, "a")
        if len(longer) <= high and matches(pattern, longer):
            return longer
    return text


def _formatted(kind: str, field: Field) -> str:
    told = dates(field.focus) or dates(field.item.text[:_SEARCHED])
    if kind == "date" and told:
        return told[0]
    return FORMATS[kind](field.draw, field.path)


def _by_sort(field: Field) -> str:
    sort = sort_of(field.name)
    match sort:
        case Sort.QUOTE:
            return field.focus or _NO_TEXT
        case Sort.SUMMARY:
            return field.item.opening(_SUMMARY_LENGTH) or _NO_TEXT
        case Sort.REASON:
            return f"The item says: {field.focus}" if field.focus else _NO_TEXT
        case Sort.SENTENCE:
            return sentence_about(field) or _NO_TEXT
        case Sort.UNIT:
            return next((one.unit for one in figures(field.focus) if one.unit), "count")
        case Sort.LANGUAGE:
            return _language(field.item.text)
        case Sort.MEASURE:
            return _measure(field)
        case _:
            return _found(sort, field) or _phrase(field)


def _found(sort: Sort, field: Field) -> str:
    near, far = field.focus, field.item.text[:_SEARCHED]
    match sort:
        case Sort.PERSON:
            options = people(near) or people(far)
        case Sort.NAME:
            options = names(near) or names(far)
        case Sort.PLACE:
            options = places(near) or places(far)
        case Sort.DATE:
            options = dates(near) or dates(far) or [str(year) for year in years(near)]
        case Sort.YEAR:
            options = [str(year) for year in years(near) or years(far)]
        case Sort.TERM:
            options = list(field.item.terms)
        case _:
            options = []
    return field.draw.choose(field.path, options) if options else ""


def sentence_about(field: Field) -> str:
    """A sentence of the item that has to do with the field's name; the focus where none has."""
    cues = cues_for(field.name)
    if cues:
        about = field.item.about(cues)
        if about:
            return field.draw.choose(field.path, about)
    return field.focus


def _measure(field: Field) -> str:
    told = next((figure.before for figure in figures(field.focus) if figure.before), "")
    return told.strip(" ,;:.") or _phrase(field)


def _phrase(field: Field) -> str:
    words = field.focus.split()
    if not words:
        return _NO_TEXT
    start = field.draw.number(field.path) % max(len(words) - _PHRASE_WORDS + 1, 1)
    return " ".join(words[start : start + _PHRASE_WORDS]).strip(" ,;:.()") or words[0]


def _language(text: str) -> str:
    start = text[:2000]
    if re.search("[\u3040-\u30ff]", start):
        return "ja"
    if re.search("[\u4e00-\u9fff]", start):
        return "zh"
    return "ko" if re.search("[\uac00-\ud7af]", start) else "en"
