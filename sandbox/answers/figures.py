"""Numbers, units, years, dates and names that stand in a text."""

import functools
import re
from dataclasses import dataclass

_UNIT = (
    r"(?:%|‰|°\s?C|°|ppm|ppb|[kcmµμnpM]?(?:g|L|l|mol|m|s|Pa|J|W|V|A|Hz|M|N)|t|ha|Mg|min|h|d|a|yr"
    r"|bp|kb|kDa|Da|cells?|hours?|days?|weeks?|months?|years?|minutes?|seconds?|fold|samples?"
    r"|plots?|patients?|participants?|million|billion|percent|USD|EUR|dollars?|euros?)"
)
_COMPOUND = rf"{_UNIT}(?:\(\+\))?(?:\s?(?:/|per|·)\s?{_UNIT}|\s{_UNIT}?[⁻−-][1-3¹²³])*(?![A-Za-z])"
_FIGURE = re.compile(
    r"(?<![\w.,/-])(?P<sign>[-−]?)(?P<number>\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)"
    r"(?![\d,]*\d)(?!\s+(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec))"
    rf"(?:[  ]?(?P<unit>{_COMPOUND}))?"
)
# Numbers that count nothing: citations, figures, tables.
_POINTS = re.compile(
    r"(?:\[[\d,–; -]*"
    r"|\b(?:Figs?|Figures?|Tables?|Eqs?|Sections?|Refs?|Appendix|version|v)\.? ?S?)$",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?<![\d.])(1[89]\d\d|20\d\d)(?!\d|\.\d)")
_ISO_DATE = re.compile(r"\b(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))\b")
_WRITTEN = re.compile(
    r"\b(?:(\d{1,2})\s+)?(January|February|March|April|May|June|July|August|September|October"
    r"|November|December)\s+(?:(\d{1,2}),\s+)?((?:19|20)\d\d)\b"
)
_PERSON = re.compile(
    r"\b([A-ZÀ-Þ][a-zà-ÿ]+(?:-[A-Z][a-z]+)?(?: [A-Z]\.)? (?:van |de |von |da |di )?"
    r"[A-ZÀ-Þ][a-zà-ÿ]+(?:-[A-Z][a-z]+)?)\b"
)
_PLACE = re.compile(r"\b(?:in|at|near|from|of)\s+((?:[A-Z][a-zà-ÿ]+)(?:,? [A-Z][a-zà-ÿ]+){0,2})")
_NAME = re.compile(
    r"(?<=[a-z,;:)] )((?:[A-ZÀ-Þ][\w&'’-]*)(?: (?:of |for |and )?[A-ZÀ-Þ][\w&'’-]*)*)"
)
_MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"
# Words that begin sentences with a capital, and names of no person or place.
_NO_NAME = re.compile(
    r"(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day|Figure|Fig|Table|Th(?:e|is|at|ese|ose|en|erefore)"
    r"|In|On|At|By|For|From|With|Without|After|Before|Later|When|While|Where|Although|However"
    r"|According|Because|Since|Our|We|It|They|He|She|Both|Each|As|If|January|February|March|April"
    r"|May|June|July|August|September|October|November|December)\b"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A number in a text: its value, its unit (empty for none), the words before it."""

    value: int | float
    unit: str
    before: str


@functools.lru_cache(maxsize=512)
def figures(sentence: str) -> tuple[Figure, ...]:
    """The numbers of a sentence; those with a unit first, years last.

    >>> figures("In 2004 it held 3.4 mg/kg of K.")[0]
    Figure(value=3.4, unit='mg/kg', before='In 2004 it held')
    """
    found = [
        _figure(sentence, match)
        for match in _FIGURE.finditer(sentence)
        if not _POINTS.search(sentence, max(match.start() - 16, 0), match.start())
    ]
    return tuple(sorted(found, key=lambda figure: (not figure.unit, _is_year(figure))))


def _figure(sentence: str, match: re.Match[str]) -> Figure:
    digits = match["number"].replace(",", "")
    value: int | float = float(digits) if "." in digits else int(digits)
    before = sentence[: match.start()].rstrip(" (=<>~≈")
    return Figure(
        value=-value if match["sign"] else value,
        unit=(match["unit"] or "").strip(),
        before=" ".join(before.split()[-6:]),
    )


def _is_year(figure: Figure) -> bool:
    return not figure.unit and isinstance(figure.value, int) and 1800 <= figure.value <= 2099


def years(text: str) -> list[int]:
    """Years that are named in a text, in order."""
    return [int(year) for year in _YEAR.findall(text)]


def dates(text: str) -> list[str]:
    """Dates that are named in a text, as YYYY-MM-DD; the first of the month where no day is."""
    found = _ISO_DATE.findall(text)
    for first, month, second, year in _WRITTEN.findall(text):
        day = min(max(int(first or second or 1), 1), 28)
        found.append(f"{year}-{_MONTHS.index(month[:3]) // 3 + 1:02d}-{day:02d}")
    return found


def people(text: str) -> list[str]:
    """What looks like names of people, each once, in order."""
    return _proper(_PERSON.findall(text))


def names(text: str) -> list[str]:
    """What looks like proper names inside sentences, each once, in order."""
    return _proper(_NAME.findall(text))


def places(text: str) -> list[str]:
    """What looks like names of places, each once, in order."""
    return _proper(_PLACE.findall(text))


def _proper(found: list[str]) -> list[str]:
    return [name for name in dict.fromkeys(found) if not _NO_NAME.match(name)]
