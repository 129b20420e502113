"""An address of a page, checked and in one spelling."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import IPv6Address
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit

import idna

LONGEST_ADDRESS = 8_000
"""Characters; servers refuse longer ones. RFC 9110 §4.1 asks for 8,000 octets at least."""

_PORTS = {"http": 80, "https": 443}
_FORBIDDEN = re.compile(r"[\x00-\x20\x7f\\\s]")
_BESIDE_HOSTS = re.compile(r"[\s/@\\?#]")
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9._-]{0,252})")
_PATH_SAFE = "/%:@!$&'()*+,;=~-._"
_SLUG_CHARACTERS = 48
_HOST_CHARACTERS = 48
_DIGEST_CHARACTERS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a page is.

    Law: two spellings of one address are equal: scheme and host in lower case, the host as ASCII, no
    default port, no fragment, no empty path, nothing in it but ASCII.

    Attributes:
        url: all of it.
        host: its name or IP address, without brackets.
        target: path and query.
    """

    url: str
    scheme: str
    host: str
    port: int
    target: str

    @property
    def id(self) -> str:
        """The item's id: host, the end of the path, and 12 hex digits of the address's SHA-256.

        Law: it depends on the address alone, and is a plain file name: ``a-z``, digits, ``.``, ``-``.
        """
        name = unquote(self.target.partition("?")[0]).lower()
        slug = re.sub(r"[^a-z0-9]+", "-", re.sub(r"\.html?$", "", name)).strip("-")
        host = re.sub(r"[^a-z0-9.]+", "-", self.host)[-_HOST_CHARACTERS:].strip("-.")
        digest = sha256(self.url.encode()).hexdigest()[:_DIGEST_CHARACTERS]
        return "-".join(filter(None, (host, slug[-_SLUG_CHARACTERS:].strip("-"), digest)))

    def join(self, location: str) -> Address:
        """The address that a redirect from here leads to.

        Raises:
            ValueError: it is none that may be asked.
        """
        return parse_address(urljoin(self.url, location.strip()))


def parse_address(text: str) -> Address:
    """The address that ``text`` is.

    Raises:
        ValueError: it is none, or holds a user's name or password; the message says why, without it.
    """
    if len(text) > LONGEST_ADDRESS:
        raise ValueError(f"it is longer than {LONGEST_ADDRESS:,} characters")
    if _FORBIDDEN.search(text):
        raise ValueError("white space, a control character or a backslash is in it")
    split = _split(text)
    if split.scheme not in _PORTS:
        raise ValueError("it does not begin with http:// or https://")
    if "@" in split.netloc:
        raise ValueError(
            "it holds a user name or a password, which truebatch neither sends nor stores"
        )
    host = _host(split)
    port = _port(split)
    shown = f"[{host}]" if ":" in host else host
    if port != _PORTS[split.scheme]:
        shown += f":{port}"
    target = quote(split.path or "/", safe=_PATH_SAFE)
    if split.query:
        target += "?" + quote(split.query, safe=_PATH_SAFE + "?")
    return Address(
        url=f"{split.scheme}://{shown}{target}",
        scheme=split.scheme,
        host=host,
        port=port,
        target=target,
    )


def host_name(text: str) -> str:
    """A host's name as addresses have it: ASCII, lower case, no brackets, no dot at the end.

    Raises:
        ValueError: it is none.
    """
    if _BESIDE_HOSTS.search(text):
        raise ValueError("it is no name of a host")
    inner = text.removeprefix("[").removesuffix("]")
    return _host(_split(f"http://[{inner}]/" if ":" in inner else f"http://{inner}/"))


def _split(text: str) -> SplitResult:
    try:
        return urlsplit(text)
    except ValueError:
        raise ValueError("it is no address") from None


def _host(split: SplitResult) -> str:
    host = split.hostname or ""
    if "[" in split.netloc:
        try:
            address = IPv6Address(host)
        except ValueError:
            raise ValueError("its host is no IPv6 address") from None
        if address.scope_id is not None:
            raise ValueError("its IPv6 address names an interface of this machine")
        return str(address)
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode()
        except idna.IDNAError:
            raise ValueError("its host is no name of the internet") from None
    host = host.removesuffix(".")
    if not _HOST.fullmatch(host) or ".." in host:
        raise ValueError("its host is no name" if host else "it has no host")
    return host


def _port(split: SplitResult) -> int:
    try:
        port = split.port
    except ValueError:
        port = 0
    if port == 0:
        raise ValueError("its port is none")
    return port or _PORTS[split.scheme]
