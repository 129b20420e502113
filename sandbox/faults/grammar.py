"""Reads `NAME[=VALUE][@PLACE][*COUNT]`, comma separated."""

from dataclasses import dataclass, replace

from sandbox.faults.table import ENDPOINTS, FAULTS, Fault, Kind, Value, explain

ALL = -1
"""The count that `*all` stands for."""


class UnknownFault(ValueError):
    """A fault that cannot be read; the message lists what can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec:
    """One fault as it was asked for.

    `place` is an endpoint, part of a key or of a display name, or empty. One that is `gentle`
    comes from a mix, and leaves at least half of the rows of a small job alone.
    """

    name: str
    kind: Kind
    value: str
    place: str
    count: int
    gentle: bool = False

    @property
    def label(self) -> str:
        """Name and value, as plans and logs write it."""
        return f"{self.name}={self.value}" if self.value else self.name


def parse_faults(text: str) -> tuple[Spec, ...]:
    """The faults named in `text`, mixes unrolled.

    Raises
    ------
    UnknownFault: a name, value, place or count that is none.

    >>> [spec.label for spec in parse_faults("fence*2, job_failed=8")]
    ['fence', 'job_failed=8']
    """
    specs: list[Spec] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        if part == "none":
            continue
        if part == "realistic":
            specs += [replace(_parse(name), gentle=True) for name in REALISTIC]
        else:
            specs.append(_parse(part))
    return tuple(specs)


REALISTIC = ("renamed_fields*3", "fence", "truncated", "blocked_prompt")


def _parse(part: str) -> Spec:
    head, count = _split_count(part)
    head, _, place = head.partition("@") if "://" not in head else head.rpartition("@")
    if not head:
        head, place = place, ""
    name, _, value = head.partition("=")
    fault = FAULTS.get(name)
    if fault is None or fault.kind is Kind.MIX:
        raise UnknownFault(f"unknown fault {part!r}; known are\n{explain()}")
    _check_value(part, fault, value)
    if fault.kind is Kind.ENDPOINT and place and place not in ENDPOINTS:
        raise UnknownFault(f"unknown endpoint in fault {part!r}; known are {', '.join(ENDPOINTS)}")
    if count is None:
        count = ALL if fault.kind is Kind.JOB else 1
    return Spec(name=name, kind=fault.kind, value=value, place=place, count=count)


def _split_count(part: str) -> tuple[str, int | None]:
    head, star, count = part.rpartition("*")
    if not star:
        return part, None
    if count == "all":
        return head, ALL
    if not count.isdecimal() or int(count) < 1:
        raise UnknownFault(f"fault {part!r}: COUNT is a whole number from 1, or `all`")
    return head, int(count)


def _check_value(part: str, fault: Fault, value: str) -> None:
    kind = fault.value
    if kind is Value.NONE and value:
        raise UnknownFault(f"fault {part!r} takes no value")
    if kind in (Value.SECONDS, Value.TEXT) and not value:
        raise UnknownFault(f"fault {part!r} needs a value: {kind}")
    if kind is Value.OPTIONAL_CODE and value and not value.isdecimal():
        raise UnknownFault(f"fault {part!r}: CODE is a google.rpc code, a whole number")
    if fault.takes_seconds and value and not _is_time(value):
        raise UnknownFault(f"fault {part!r}: SECONDS is a number from 0")


def _is_time(text: str) -> bool:
    try:
        return 0 <= float(text) < float("inf")
    except ValueError:
        return False
