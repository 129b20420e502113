"""What a fields.toml declares, read strictly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from validation.places import ELEMENTS, Place, read_place, write_place

Root: TypeAlias = Literal["object", "array"]
RelationKind: TypeAlias = Literal["equals", "in", "between", "quoted_in"]

LAX = ("number_as_string", "boolean_as_string", "string_as_integer", "array_as_single")
_KINDS: tuple[RelationKind, ...] = ("equals", "in", "between", "quoted_in")


class FieldsFault(ValueError):
    """fields.toml cannot be used.

    Attributes:
        table: The table at fault as it is written, `fields.findings`; "" for the whole.
    """

    def __init__(self, table: str, message: str) -> None:
        super().__init__(f"[{table}] {message}" if table else message)
        self.table = table


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field: its label and the places it may stand at, the canonical one first."""

    label: str
    places: tuple[Place, ...]

    @property
    def canonical(self) -> Place:
        """Where its value is saved."""
        return self.places[0]

    @property
    def names(self) -> str:
        """Its names for a message."""
        return ", ".join(map(write_place, self.places))


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """A rule over the answer and its item.

    Attributes:
        place: What it is about, in canonical names.
        kind: `equals`, `in`, `between` or `quoted_in`.
        operands: Places in the item; for `between`, two bounds may be numbers.
    """

    place: Place
    kind: RelationKind
    operands: tuple[Place | float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """Everything that a fields.toml declares.

    Attributes:
        root: What the answer's root is to be; `root_type` is the Python type of it.
        unwrap: Wrappers that may be taken off; `[]` is an array of one.
        lax: Kinds of types that may be taken loosely.
        fields: All fields, in order.
        all: Fields that must be there.
        any: Groups of which one field each must be there.
        relations: Rules over the answer and its item.
    """

    root: Root
    root_type: type
    unwrap: tuple[str, ...]
    lax: frozenset[str]
    fields: tuple[Field, ...]
    all: tuple[Field, ...]
    any: tuple[tuple[Field, ...], ...]
    relations: tuple[Relation, ...]


def read_declaration(source: Mapping[str, object]) -> Declaration:
    """Read the mapping that a fields.toml stands for.

    Raises:
        FieldsFault: a key is unknown, of the wrong type, or contradicts another.
    """
    _only(source, "", ("answer", "fields", "require", "relation"))
    answer = _table(source, "", "answer")
    _only(answer, "answer", ("root", "unwrap", "lax"))
    root = answer.get("root", "object")
    if root not in ("object", "array"):
        raise FieldsFault("answer", f'root is {root!r}; it can be "object" or "array"')
    fields = _fields(_table(source, "", "fields"))
    labels = {field.label: field for field in fields}
    unwrap = _strings(answer, "answer", "unwrap")
    _check_wrappers(unwrap, fields)
    require = _table(source, "", "require")
    _only(require, "require", ("all", "any"))
    groups = require.get("any", [])
    if not isinstance(groups, list | tuple) or any(isinstance(one, str) for one in groups):
        raise FieldsFault("require", 'any must be a list of lists, [["findings", "methods"]]')
    return Declaration(
        root="array" if root == "array" else "object",
        root_type=list if root == "array" else dict,
        unwrap=unwrap,
        lax=_lax(_strings(answer, "answer", "lax")),
        fields=fields,
        all=tuple(_required(labels, one) for one in _strings(require, "require", "all")),
        any=tuple(
            tuple(_required(labels, one) for one in _strings({"any": group}, "require", "any"))
            for group in groups
        ),
        relations=_relations(source.get("relation", []), labels),
    )


def _fields(tables: Mapping[str, object]) -> tuple[Field, ...]:
    canonical: dict[str, Place] = {}
    names: dict[str, tuple[Place, ...]] = {}
    for label in tables:
        where = f"fields.{label}"
        table = _table(tables, "fields", label)
        _only(table, where, ("names",))
        written = _strings(table, where, "names")
        if not written:
            raise FieldsFault(where, "names is empty; the first name is the canonical one")
        names[label] = tuple(_place(where, name) for name in written)
        canonical[label] = names[label][0]
    fields = []
    for label, places in names.items():
        wide = tuple(_widened(place, canonical, own=label) for place in places)
        fields.append(Field(label=label, places=tuple(dict.fromkeys(wide))))
    _check_apart(fields)
    return tuple(fields)


def _check_apart(fields: Sequence[Field]) -> None:
    owners: dict[Place, str] = {}
    for field in fields:
        if field.canonical[-1] == ELEMENTS:
            raise FieldsFault(f"fields.{field.label}", "a name cannot end in []")
        for place in field.places:
            owner = owners.setdefault(place, field.label)
            if owner != field.label:
                message = f"{write_place(place)} is a name of [fields.{owner}] too; keep one"
                raise FieldsFault(f"fields.{field.label}", message)


def _check_wrappers(unwrap: Sequence[str], fields: Sequence[Field]) -> None:
    for name in unwrap:
        for field in fields:
            if any(place[:1] == (name,) for place in field.places):
                message = f"unwrap: {name} is a name of [fields.{field.label}] too; keep one"
                raise FieldsFault("answer", message)


def _widened(place: Place, canonical: Mapping[str, Place], own: str | None = None) -> Place:
    """Put a label's canonical place where a longer path begins with the label."""
    if len(place) < 2 or place[0] == own:
        return place
    head = canonical.get(place[0])
    if head is None or place[:1] in canonical.values():
        return place
    return (*head, *place[1:])


def _required(labels: Mapping[str, Field], text: str) -> Field:
    if text in labels:
        return labels[text]
    place = _place("require", text)
    canonical = {label: field.canonical for label, field in labels.items()}
    place = _widened(place, canonical)
    return next(
        (field for field in labels.values() if place in field.places),
        Field(label=text, places=(place,)),
    )


def _relations(tables: object, labels: Mapping[str, Field]) -> tuple[Relation, ...]:
    if not isinstance(tables, list | tuple):
        raise FieldsFault("relation", "write it as [[relation]], once for each")
    return tuple(_relation(table, labels) for table in tables)


def _relation(table: object, labels: Mapping[str, Field]) -> Relation:
    if not isinstance(table, Mapping):
        raise FieldsFault("relation", "write it as [[relation]], once for each")
    _only(table, "relation", ("path", *_KINDS))
    kinds = [kind for kind in _KINDS if kind in table]
    if len(kinds) != 1:
        raise FieldsFault("relation", f"must hold exactly one of {', '.join(_KINDS)}")
    path = table.get("path")
    if not isinstance(path, str):
        raise FieldsFault("relation", 'path is missing; write path = "findings[].evidence"')
    place = _relation_place(path, labels)
    return Relation(place=place, kind=kinds[0], operands=_operands(kinds[0], table[kinds[0]]))


def _relation_place(path: str, labels: Mapping[str, Field]) -> Place:
    if path in labels:
        return labels[path].canonical
    plain = path.removesuffix(ELEMENTS)
    if plain in labels:  # every element of a labelled array
        return (*labels[plain].canonical, ELEMENTS)
    place = _place("relation", path)
    return _widened(place, {label: field.canonical for label, field in labels.items()})


def _operands(kind: RelationKind, value: object) -> tuple[Place | float, ...]:
    if kind != "between" or isinstance(value, str):
        return (_item_place(kind, value),)
    if not isinstance(value, list | tuple) or len(value) != 2:
        raise FieldsFault("relation", 'between takes [low, high] or one "item.range"')
    return tuple(
        one
        if isinstance(one, int | float) and not isinstance(one, bool)
        else _item_place(kind, one)
        for one in value
    )


def _item_place(kind: RelationKind, value: object) -> Place:
    if value == "item":
        return ()
    if isinstance(value, str) and value.startswith("item."):
        return _place("relation", value.removeprefix("item."))
    raise FieldsFault("relation", f'{kind} = {value!r}: write "item" or "item.field"')


def _lax(names: tuple[str, ...]) -> frozenset[str]:
    unknown = sorted(set(names) - set(LAX))
    if unknown:
        message = f"lax: {unknown[0]} is unknown; there are {', '.join(LAX)}"
        raise FieldsFault("answer", message)
    return frozenset(names)


def _place(table: str, text: str) -> Place:
    try:
        return read_place(text)
    except ValueError as error:
        raise FieldsFault(table, str(error)) from None


def _only(table: Mapping[str, object], where: str, known: Sequence[str]) -> None:
    for key in table:
        if key not in known:
            message = f"{key} is unknown; there are {', '.join(known)}"
            raise FieldsFault(where, message)


def _table(source: Mapping[str, object], where: str, key: str) -> Mapping[str, object]:
    table = source.get(key, {})
    if not isinstance(table, Mapping):
        name = f"{where}.{key}" if where else key
        raise FieldsFault(name, f"is a {type(table).__name__}; write it as a table, [{name}]")
    return table


def _strings(table: Mapping[str, object], where: str, key: str) -> tuple[str, ...]:
    value = table.get(key, [])
    if not isinstance(value, list | tuple) or not all(isinstance(one, str) for one in value):
        raise FieldsFault(where, f'{key} must be a list of strings, {key} = ["a", "b"]')
    if any(not one.strip() for one in value):
        raise FieldsFault(where, f"{key} holds an empty string; take it out")
    return tuple(value)
