"""Where the item stands in a prompt, apart from instructions."""

import json
import re
from typing import Any

from sandbox.answers.item import Item, strings_of

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
_MIN_BLOCK = 20


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
        return Item("\n".join(strings_of(data)), data)
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
    return any(True for _ in strings_of(value))
