"""The formats of strings: jsonschema's own checks, but for one too weak, and two too slow to load."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import quote

from jsonschema import Draft202012Validator, FormatChecker
from rfc3986_validator import validate_rfc3986  # type: ignore[import-untyped]

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_LOCAL = re.compile(rf'(?:{_ATOM}(?:\.{_ATOM})*|"(?:[^"\\\x00-\x1f\x7f-\U0010ffff]|\\[ -~])*")')
# What RFC 3987 §2.2 adds to URIs: letters of the world everywhere, private characters in queries.
_UCSCHAR = re.compile(
    "[\u00a0-\ud7ff\uf900-\ufdcf\ufdf0-\uffef"
    + "".join(f"{chr(plane << 16)}-{chr((plane << 16) + 0xFFFD)}" for plane in range(1, 14))
    + "\U000e1000-\U000efffd]"
)
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]")
_QUERY = re.compile(r"\?[^#]*")
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")


def _checker() -> FormatChecker:
    checker = FormatChecker(())
    checker.checkers = {
        **Draft202012Validator.FORMAT_CHECKER.checkers,
        "email": (is_email, ()),
        "iri": (is_iri, ()),
        "iri-reference": (is_iri_reference, ()),
    }
    return checker


def is_iri(value: object) -> bool:
    """Whether a string is an IRI; what is no string passes.

    RFC 3987 §3.1 maps an IRI to a URI, and the URI is checked. (The grammar that jsonschema would load
    for this takes more than a second to import; read and measured 2026-11-22.)
    """
    return not isinstance(value, str) or _is_uri(value, "URI")


def is_iri_reference(value: object) -> bool:
    """Whether a string is an IRI or a relative reference; what is no string passes."""
    return not isinstance(value, str) or _is_uri(value, "URI_reference")


def _is_uri(iri: str, rule: str) -> bool:
    in_query = _QUERY.sub(lambda match: _PRIVATE.sub(_encoded, match.group()), iri, count=1)
    return bool(validate_rfc3986(_UCSCHAR.sub(_encoded, in_query), rule=rule))


def _encoded(match: re.Match[str]) -> str:
    return quote(match.group())


def is_email(value: object) -> bool:
    """Whether a string is an address as RFC 5321 §4.1.2 writes it; what is no string passes.

    jsonschema 4.26.0 asks for an "@" and no more.
    """
    if not isinstance(value, str):
        return True
    local, at, domain = value.rpartition("@")
    return bool(at) and bool(_LOCAL.fullmatch(local)) and _is_domain(domain)


def _is_domain(domain: str) -> bool:
    if not (domain.startswith("[") and domain.endswith("]")):
        return len(domain) <= 253 and bool(_DOMAIN.fullmatch(domain))
    address = domain[1:-1]
    try:
        if address.startswith("IPv6:"):
            ipaddress.IPv6Address(address.removeprefix("IPv6:"))
        else:
            ipaddress.IPv4Address(address)
    except ValueError:
        return False
    return True


FORMATS = _checker()
