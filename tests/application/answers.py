"""What an application of these tests asks for, and the types of its answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from pydantic import BaseModel, Field


class Mood(StrEnum):
    GOOD = "good"
    BAD = "bad"


class Person(BaseModel):
    name: str
    roles: list[str] = Field(min_length=1)


class Review(BaseModel):
    """Nested, with an enum, a date and something optional."""

    title: str
    mood: Mood
    written: date
    author: Person
    quoted: list[Person]
    note: str | None = None


class Label(BaseModel):
    label: str
    sure: bool


def questions(count: int) -> Sequence[str]:
    """Prompts that are all different, and known by their numbers."""
    return [f"Label document number {n}: the weir at Oberlauf {n}." for n in range(1, count + 1)]
