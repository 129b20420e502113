"""The formats of strings, checked by jsonschema's own checks but for one that is too weak."""

from __future__ import annotations

import ipaddress
import re

from jsonschema import Draft202012Validator, FormatChecker

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_LOCAL = re.compile(rf'(?:{_ATOM}(?:\.{_ATOM})*|"(?:[^"\\\x00-\x1f\x7f-\U0010ffff]|\\[ -~])*")')
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")


def _checker() -> FormatChecker:
    checker = FormatChecker(())
    checker.checkers = {**Draft202012Validator.FORMAT_CHECKER.checkers, "email": (is_email, ())}
    return checker


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
