"""Why one page gave no article."""

from __future__ import annotations


class PageFault(Exception):
    """A page cannot be used; the message is the reason, the end of a sentence."""
