"""The item that a prompt is about: its fields and its sentences, apart from instructions."""

import functools
import json
import re
from collections import Counter
from typing import Any

from sandbox.answers.figures import figures

_SENTENCE = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9À-ÝΑ-Ω])|\n+|(?<=[。！？])")
_ABBREVIATIONS = re.compile(
    r"(?:\b(?:et al|e\.g|i\.e|cf|Fig|Figs|Dr|Mr|Mrs|Ms|Prof|No|Eq|vs|approx|ca|St|spp|sp|Inc|Ltd"
    r"|Co|Corp|U\.S)|(?<!\d )(?<![°\w])[A-Z])\.$"
)
_LABEL = re.compile(
    r"^[ \t>*_#-]*([A-Za-z][A-Za-z _-]{0,30}?)[*_]*[ \t]*:[*_]*[ \t]+(\S.*)$", re.MULTILINE
)
_FENCE = re.compile(
    r"^(```|~~~|\"\"\"|<<<|===+|---+)[^\n]*\n(.*?)^(?:\1|>>>)[^\n]*$", re.MULTILINE | re.DOTALL
)
_TAG = re.compile(r"<([A-Za-z][\w-]*)(?:\s[^<>]*)?>\s*(.*?)\s*</\1>", re.DOTALL)
_HEADING = re.compile(r"^(#{1,6})[ \t]+(.*)$", re.MULTILINE)
_ITEM_LABELS = frozenset(
    [
        "title",
        "headline",
        "text",
        "article",
        "content",
        "contents",
        "document",
        "paper",
        "item",
        "abstract",
        "body",
        "chunk",
        "passage",
        "input",
        "review",
        "comment",
        "email",
        "message",
        "news",
        "story",
        "question",
        "post",
        "transcript",
        "name",
        "subject",
    ]
)
_MIN_SENTENCE = 20
_MAX_SENTENCE = 400
_MIN_PROSE = 60
_MIN_BLOCK = 20
_SEARCHED = 50_000
_TERMS = 24
_COMMON = frozenset(
    [
        "about",
        "above",
        "after",
        "again",
        "against",
        "among",
        "because",
        "before",
        "being",
        "below",
        "between",
        "could",
        "during",
        "each",
        "every",
        "first",
        "found",
        "further",
        "having",
        "however",
        "itself",
        "might",
        "other",
        "others",
        "should",
        "since",
        "there",
        "these",
        "their",
        "those",
        "three",
        "through",
        "under",
        "until",
        "using",
        "which",
        "while",
        "within",
        "would",
        "where",
        "whereas",
        "although",
        "therefore",
        "another",
        "both",
        "were",
        "with",
        "that",
        "this",
        "from",
        "have",
        "been",
        "also",
        "than",
        "then",
        "they",
        "when",
    ]
)


def normal(name: str) -> str:
    """A field name for comparison: lower case, words joined, no plural.

    >>> normal("Key_Findings"), normal("publicationYear")
    ('keyfinding', 'publicationyear')
    """
    bare = re.sub(r"[^a-z0-9]", "", name.lower())
    return bare[:-1] if bare.endswith("s") and len(bare) > 3 and not bare.endswith("ss") else bare


class Item:
    """One item's fields (by normalised name), its text, and what can be found in it."""

    def __init__(self, text: str, data: Any = None) -> None:
        self.data = data
        self.text = text

    @functools.cached_property
    def fields(self) -> dict[str, Any]:
        """Fields of the item: of its JSON, else of its `Label: value` lines."""
        found: dict[str, Any] = {}
        _collect(self.data, found, depth=3)
        return found

    @functools.cached_property
    def sentences(self) -> tuple[str, ...]:
        """Sentences, each an exact part of the text, the short ones left out."""
        prose = _prose(self.data) if self.data is not None else ""
        every = split_sentences(prose or self.text)
        long = tuple(one for one in every if _MIN_SENTENCE <= len(one) <= _MAX_SENTENCE)
        return long or tuple(every)

    @functools.cached_property
    def measured(self) -> tuple[str, ...]:
        """Sentences that tell a figure; all sentences when none does."""
        told = tuple(one for one in self.sentences if figures(one))
        return told or self.sentences

    @functools.cached_property
    def terms(self) -> tuple[str, ...]:
        """The words that the text uses most, long ones only."""
        words = re.findall(r"[^\W\d_]{5,}", self.text[:_SEARCHED].lower())
        counted = Counter(word for word in words if word not in _COMMON)
        return tuple(word for word, _ in counted.most_common(_TERMS))

    def about(self, cues: tuple[str, ...]) -> tuple[str, ...]:
        """Sentences that hold one of the cues."""
        return tuple(one for one in self.sentences if any(cue in one.lower() for cue in cues))

    def opening(self, length: int) -> str:
        """The first sentences, at most `length` characters of them."""
        said = ""
        for sentence in self.sentences:
            longer = f"{said} {sentence}".strip()
            if len(longer) > length:
                break
            said = longer
        return said or self.text.strip()[:length].strip()


def split_sentences(text: str) -> list[str]:
    """The sentences of a text in order; each is an exact part of it.

    >>> split_sentences("Smith et al. found 2.5 kg. It was much!")
    ['Smith et al. found 2.5 kg.', 'It was much!']
    """
    found: list[str] = []
    start = 0
    for gap in _SENTENCE.finditer(text):
        before = text[max(start, gap.start() - 12) : gap.start()]
        if "\n" not in gap.group() and _ABBREVIATIONS.search(before):
            continue
        found.append(text[start : gap.start()].strip())
        start = gap.end()
    found.append(text[start:].strip())
    return [sentence for sentence in found if sentence]


def _collect(value: Any, found: dict[str, Any], *, depth: int) -> None:
    if not isinstance(value, dict):
        return
    for name, inner in value.items():
        found.setdefault(normal(name), inner)
    if depth:
        for inner in value.values():
            _collect(inner, found, depth=depth - 1)


def read_item(text: str, schema: str) -> Item:
    """The item in a prompt, found by the marks that prompts set around it.

    In this order: the largest JSON object or array that is not the schema; the largest tagged
    block; the last fenced block; from the first label such as `Title:` on; after the last heading
    of the highest level; the last paragraph; all of it.
    """
    rest = text.replace(schema, "\n\n", 1) if schema else text
    data = _largest_json(rest)
    if data is not None:
        if "\\ud" in rest.lower():
            data = _without_surrogates(data)
        return Item("\n".join(_strings(data)), data)
    block = _block(rest).strip()
    labelled = _labelled(block)
    return Item("\n".join(labelled.values()), labelled) if labelled else Item(block)


def _without_surrogates(data: Any) -> Any:
    """JSON can spell half a character; no text that is sent can hold one."""
    whole = json.dumps(data, ensure_ascii=False).encode("utf-8", "replace").decode()
    return json.loads(whole)


def _labelled(block: str) -> dict[str, str]:
    """What stands after each `Label:` of a block that begins with one; empty for any other."""
    labels = list(_LABEL.finditer(block))
    if not labels or labels[0].start() > 0:
        return {}
    ends = [label.start() for label in labels[1:]] + [len(block)]
    found: dict[str, str] = {}
    for label, end in zip(labels, ends, strict=True):
        found.setdefault(label[1], block[label.start(2) : end].strip())
    return found


def _block(text: str) -> str:
    tagged = [found[2] for found in _TAG.finditer(text) if len(found[2]) >= _MIN_BLOCK]
    if tagged:
        return max(tagged, key=len)
    fenced = [found[2] for found in _FENCE.finditer(text) if len(found[2]) >= _MIN_BLOCK]
    if fenced:
        return fenced[-1]
    for label in _LABEL.finditer(text):
        if label[1].lower().replace("_", " ").split()[-1] in _ITEM_LABELS:
            return text[label.start() :]
    headings = list(_HEADING.finditer(text))
    if headings:
        top = min(len(found[1]) for found in headings)
        last = [found for found in headings if len(found[1]) == top][-1]
        return text[last.end() :]
    paragraphs = [part for part in re.split(r"\n\s*\n", text) if part.strip()]
    return paragraphs[-1] if paragraphs else text


def _largest_json(text: str) -> Any:
    decoder = json.JSONDecoder()
    best: Any = None
    best_size = _MIN_BLOCK
    start = _next_bracket(text, 0)
    while start >= 0:
        try:
            value, end = decoder.raw_decode(text, start)
        except (json.JSONDecodeError, RecursionError):
            start = _next_bracket(text, start + 1)
            continue
        if end - start >= best_size and _has_text(value):
            best, best_size = value, end - start
        start = _next_bracket(text, end)
    return best


_BRACKET = re.compile(r'\{\s*"|\[\s*[\{"]')


def _next_bracket(text: str, start: int) -> int:
    found = _BRACKET.search(text, start)
    return found.start() if found else -1


def _has_text(value: Any) -> bool:
    return any(True for _ in _strings(value))


def _prose(data: Any) -> str:
    """The texts of an item that are prose, not names or labels."""
    texts = _strings(data)
    return "\n".join(text for text in texts if len(text) >= _MIN_PROSE or text.endswith("."))


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value] if value.strip() else []
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [text for inner in value for text in _strings(inner)]
    return []
