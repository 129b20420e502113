"""The sentences of a text."""

import re

_SENTENCE = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9À-ÝΑ-Ω])|\n+|(?<=[。！？])")
_ABBREVIATIONS = re.compile(
    r"(?:\b(?:et al|e\.g|i\.e|cf|Fig|Figs|Dr|Mr|Mrs|Ms|Prof|No|Eq|vs|approx|ca|St|spp|sp|Inc|Ltd"
    r"|Co|Corp|U\.S)|(?<!\d )(?<![°\w])[A-Z])\.$"
)


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
