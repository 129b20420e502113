"""One kind of object in an answer: the names that its members go by."""

from __future__ import annotations

from typing import NamedTuple

from validation.names import alike, foldings
from validation.places import ELEMENTS, Place, write_place

# The keys of an answer are hostile input: what is remembered of them is bounded.
_MAX_SHAPES = 512
_MAX_REMEMBERED_KEYS = 64


class Plan(NamedTuple):
    """What to do with an object of one shape (its keys in their order)."""

    groups: tuple[tuple[str, tuple[str, ...]], ...]  # canonical name, the keys that stand for it
    extras: tuple[str, ...]  # keys that neither the rules nor the schema know


class Move(NamedTuple):
    """A name of a field that stands elsewhere than the canonical one, from the same object."""

    source: Place
    target: Place


class Scope:
    """The names of one object, and the scopes inside it. Built once, then only read.

    Attributes:
        place: Where such objects stand, in canonical names.
        children: Scopes of its members, by canonical name.
        elements: Scope of the elements, where it is an array instead.
        moves: Names that reach to another object.
        plain: Shapes (keys in their order) known to need nothing.
        leaf: Whether nothing lies deeper, so that a plain shape settles an object.
    """

    __slots__ = (
        "_exact",
        "_folded",
        "_known",
        "_plans",
        "children",
        "elements",
        "leaf",
        "moves",
        "place",
        "plain",
    )

    def __init__(self, place: Place) -> None:
        self.place = place
        self.children: dict[str, Scope] = {}
        self.elements: Scope | None = None
        self.moves: list[Move] = []
        self.plain: set[tuple[str, ...]] = set()
        self.leaf = True
        self._exact: dict[str, str] = {}
        self._folded: dict[str, str] = {}
        self._known: frozenset[str] | None = None
        self._plans: dict[tuple[str, ...], Plan] = {}

    def child(self, part: str) -> Scope:
        """Return the scope one part deeper, making it where there is none."""
        if part == ELEMENTS:
            if self.elements is None:
                self.leaf = False
                self.elements = Scope((*self.place, part))
            return self.elements
        if part not in self.children:
            self.leaf = False
            self.children[part] = Scope((*self.place, part))
        return self.children[part]

    def add(self, name: str, canonical: str) -> None:
        """Let a name stand for a canonical one, loosely unless two fields would then be one."""
        self._exact.setdefault(name, canonical)
        for folding in foldings(name):
            if self._folded.setdefault(folding, canonical) != canonical:
                self._folded[folding] = ""

    def move(self, move: Move) -> None:
        """Add a name that reaches to another object."""
        self.leaf = False
        self.moves.append(move)

    def know(self, names: frozenset[str] | None) -> None:
        """Tell the names that the schema gives to members here; None: it does not say."""
        self._known = names

    def canonical(self, key: str) -> str | None:
        """Return the canonical name that a key stands for, or None."""
        exact = self._exact.get(key)
        if exact is not None:
            return exact
        if self._known is not None and key in self._known:
            return None  # a field of its own, however like another it looks
        one, other = foldings(key)
        return self._folded.get(one) or self._folded.get(other) or None

    def settled_names(self) -> frozenset[str] | None:
        """Return the names that need nothing and say nothing; None: whatever they are."""
        if not self._exact and self._known is None:
            return None
        own = (self._known or frozenset()) - self._exact.keys()
        return own | {name for name, canonical in self._exact.items() if name == canonical}

    def owns(self, key: str) -> bool:
        """Whether a key has a meaning of its own here, in the rules or in the schema."""
        return key in self._exact or (self._known is not None and key in self._known)

    def plan(self, shape: tuple[str, ...]) -> Plan | None:
        """Return what to do with an object of these keys; None: nothing."""
        if shape in self.plain:
            return None
        plan = self._plans.get(shape)
        if plan is None:
            plan = self._make_plan(shape)
            plain = not plan.extras and all((name,) == keys for name, keys in plan.groups)
            if len(shape) <= _MAX_REMEMBERED_KEYS:
                self._remember(shape, plan, plain=plain)
            if plain:
                return None
        return plan

    def _remember(self, shape: tuple[str, ...], plan: Plan, *, plain: bool) -> None:
        if plain and len(self.plain) < _MAX_SHAPES:
            self.plain.add(shape)
        elif not plain and len(self._plans) < _MAX_SHAPES:
            self._plans[shape] = plan

    def _make_plan(self, shape: tuple[str, ...]) -> Plan:
        groups: dict[str, list[str]] = {}
        extras: list[str] = []
        for key in shape:
            name = self.canonical(key)
            groups.setdefault(key if name is None else name, []).append(key)
            if name is None and self._is_extra(key):
                extras.append(key)
        return Plan(tuple((name, tuple(keys)) for name, keys in groups.items()), tuple(extras))

    def _is_extra(self, key: str) -> bool:
        if self._known is None or key in self._known:
            return False
        return not any(alike(move.source[0], key) for move in self.moves)

    def __repr__(self) -> str:
        return f"Scope({write_place(self.place) or '$'})"
