"""Why one page gave no article."""

from __future__ import annotations

from urllib.request import getproxies


class PageFault(Exception):
    """A page cannot be used; the message is the reason, the end of a sentence."""


def proxy_hint() -> str:
    """What is to be added where no way leads out, and the environment names a proxy."""
    if not {"http", "https", "all"} & getproxies().keys():
        return ""
    return " (pages are fetched without the proxy that the environment names)"
