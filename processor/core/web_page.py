"""Web pages: as they are listed, as they come, and as they are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from processor.core.address import Address
from processor.core.ids import ItemId
from processor.core.item import Item
from processor.core.json_bytes import decode, encode


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLimits:
    """What one page may take, and how many are fetched side by side.

    Attributes:
        bytes: of its text, unpacked; larger pages are refused.
        seconds: until it is here: name, connection, redirects, content.
        redirects: how many are followed.
        reading_seconds: for telling its article from the rest.
        at_once: pages under way, all hosts together.
        per_host: pages under way of one host.
    """

    bytes: int = 5_000_000
    seconds: float = 30.0
    redirects: int = 5
    reading_seconds: float = 20.0
    at_once: int = 16
    per_host: int = 4


class Page(NamedTuple):
    """The article of a page.

    Attributes:
        contents: never empty.
    """

    address: Address
    title: str
    contents: str


class Unreached(NamedTuple):
    """A page that gave no article.

    Attributes:
        reason: why, the end of a sentence.
    """

    address: Address
    reason: str


class Listed(Item):
    """An item that is only an address yet: ``{"id", "url"}``; its page must be fetched."""

    __slots__ = ()

    @property
    def url(self) -> str:
        """Its address."""
        return str(self.value["url"])


def listed(address: Address, source: str) -> Listed:
    """The item that an address will be."""
    value = {"id": address.id, "url": address.url}
    return Listed(ItemId(address.id), value, source, encode(value))


def page_file(url: str) -> str:
    """The name of the file that keeps a page."""
    return sha256(url.encode()).hexdigest()[:40] + ".json"


def kept_page(page: Page, fetched_at: datetime) -> bytes:
    """A page as its file holds it: ``{"fetched_at", "item": {"id", "title", "contents", "url"}}``."""
    address, title, contents = page
    item = {"id": address.id, "title": title, "contents": contents, "url": address.url}
    return encode({"fetched_at": fetched_at.isoformat(), "item": item})


def read_page(content: bytes, url: str) -> tuple[datetime, Mapping[str, Any]] | None:
    """When a kept page was fetched, and its item; None for a file that is not whole, or another's."""
    try:
        kept = decode(content)
        item = kept["item"]
        whole = item["url"] == url and {"id", "title", "contents"} <= item.keys()
        return (datetime.fromisoformat(kept["fetched_at"]), item) if whole else None
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def page_item(stub: Listed, item: Mapping[str, Any]) -> Item:
    """The item of a page, in the place where its address was listed."""
    return Item(stub.id, item, stub.source, encode(item))
