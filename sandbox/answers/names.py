"""What a field's name says about what belongs into it."""

import functools
import re
from enum import Enum, auto


class Sort(Enum):
    """The sorts of text that a field may hold."""

    QUOTE = auto()
    SUMMARY = auto()
    SENTENCE = auto()
    REASON = auto()
    PERSON = auto()
    NAME = auto()
    PLACE = auto()
    UNIT = auto()
    MEASURE = auto()
    TERM = auto()
    LANGUAGE = auto()
    DATE = auto()
    YEAR = auto()
    SHARE = auto()
    BOUND = auto()
    PHRASE = auto()


_WORDS: tuple[tuple[Sort, str], ...] = (
    (Sort.QUOTE, ("quote quotes quotation evidence verbatim excerpt snippet passage span sentence "
                 "supporting support mention")),
    (Sort.REASON, "reason reasoning rationale explanation justification why"),
    (Sort.SUMMARY, "summary abstract overview synopsis"),
    (Sort.UNIT, "unit units"),
    (Sort.YEAR, "year"),
    (Sort.DATE, "date day published"),
    (Sort.LANGUAGE, "language lang locale"),
    (Sort.PERSON, ("author authors person persons people researcher researchers investigator "
                  "speaker spokesperson")),
    (Sort.NAME, ("entity entities organisation organisations organization organizations company "
                "companies institution institutions affiliation names funder publisher brand")),
    (Sort.PLACE, "site sites location locations place places country countries region city area"),
    (Sort.SHARE, "confidence score probability certainty relevance likelihood"),
    (Sort.BOUND, "min max lower upper minimum maximum"),
    (Sort.MEASURE, "parameter variable measure measurement metric indicator quantity property"),
    (Sort.SENTENCE, ("description objective aim conclusion finding findings statement claim result "
                    "results limitation limitations gap gaps note remark remarks question design "
                    "method methods methodology procedure preparation pattern implication "
                    "implications recommendation detail details impact context text content")),
    (Sort.TERM, ("keyword keywords topic topics tag tags term terms category label theme themes "
                "subject concept concepts crop crops organism species")),
)  # fmt: skip
_SORTS = {word: sort for sort, words in reversed(_WORDS) for word in words.split()}
_ORDER = [sort for sort, _ in _WORDS]

# Fields of an item that hold what a field of another name asks for; names as `normal` makes them.
SYNONYMS = {
    "papertitle": ("title", "headline"),
    "title": ("headline", "papertitle"),
    "headline": ("title",),
    "author": ("byline", "creator"),
    "authorname": ("author",),
    "journal": ("journalname", "publication", "venue", "publisher"),
    "publicationyear": ("year",),
    "year": ("publicationyear",),
    "publicationdate": ("date", "published", "publishedat"),
    "date": ("publicationdate", "published", "publishedat"),
    "id": ("paperid", "itemid", "documentid", "docid"),
    "url": ("link", "href", "uri", "address"),
}


@functools.lru_cache(maxsize=4096)
def sort_of(name: str) -> Sort:
    """What a field of this name holds; PHRASE where nothing is known.

    >>> sort_of("supporting_quote"), sort_of("publicationYear"), sort_of("frobnication")
    (<Sort.QUOTE: 1>, <Sort.YEAR: 13>, <Sort.PHRASE: 16>)
    """
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    words = re.split(r"[^a-z0-9]+", spaced.lower())
    found = {_SORTS[word] for word in words if word in _SORTS}
    return next((sort for sort in _ORDER if sort in found), Sort.PHRASE)


# Words that a sentence worth citing for such a field is likely to have.
CUES = {
    "objective": "aim objective investigate examine purpose tested hypothes question",
    "aim": "aim objective investigate examine purpose tested hypothes question",
    "limitation": "limit however only small caution cannot bias lack",
    "gap": "unknown unclear further future remain lack need",
    "conclusion": "conclude suggest demonstrate indicate therefore thus show",
    "design": "random block replicate design experiment treatment assigned",
    "method": "measured determined analysed analyzed using extracted performed method",
    "preparation": "dried sieved stored prepared washed collected",
    "sample": "sample collected cores plots",
    "statistic": "anova regression test software significant",
    "quality": "reference duplicate blank standard calibrat control",
    "result": "increased decreased significant higher lower found showed",
    "finding": "increased decreased significant higher lower found showed",
}


def cues_for(name: str) -> tuple[str, ...]:
    """Words to look for in sentences, for a field of this name."""
    lower = name.lower()
    return tuple(next((CUES[word] for word in CUES if word in lower), "").split())
