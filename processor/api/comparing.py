"""The verb that holds two sets of outputs against each other."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from processor import __version__
from processor.api.workplace import Workplace
from processor.core.agreement import Agreement, read_fields
from processor.core.contrast import Contrast
from processor.core.html_contrast import html_contrast
from processor.core.state import FINAL
from processor.effects.spots import SqliteSpots
from processor.errors import BadInput, NotFinished, WrongUsage
from processor.ports import RunRow
from processor.steps.pair import pairs
from processor.steps.sides import Side, side_of

COMPARISONS = "comparisons"
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_LONGEST_NAME = 80


class Comparing:
    """Compare."""

    _place: Workplace

    def compare(
        self,
        a: str | Path,
        b: str | Path,
        *,
        fields: Sequence[str] = (),
        tolerance: float = 0.0,
        html: str | Path | bool = True,
    ) -> dict[str, Any]:
        """Hold two sets of outputs against each other, item by item and field by field.

        A field that holds one value is equal on both sides or not: strings after white space, numbers
        within ``tolerance``, ``1`` and ``1.0`` alike. Of a list counts which elements are in both
        (Jaccard), in any order; null is as nothing there. Items find each other by their ids; of a
        file of a folder that is its name, decoded.

        Args:
            a, b: each a run, a folder of outputs (``outputs/TASK``, or one made elsewhere), a
                run's folder, or a file: JSON lines, a JSON array, or one JSON object, ids to data.
            fields: only these dotted paths, and what is inside them.
            tolerance: how far numbers may differ, as a share of the larger one, 0 to below 1.
            html: where the page goes; True: ``<outputs>/comparisons/A-vs-B.html``; False: none.

        Returns:
            ``{"a", "b", "counts", "agreement", "outcomes", "fields", "differing", "one_sided",
            "only_in_a", "only_in_b", …, "page"}``. ``agreement`` is the mean over the items with data
            on both sides of the mean over each one's fields, 0 to 1; None when there is no such item.

        Raises:
            WrongUsage: there is no such run, folder or file; a field is no path.
            NotFinished: a run has not ended.
            BadInput: a file cannot be read, or has an item without an id or twice.
        """
        place = self._place
        contrast = Contrast(_agreement(fields, tolerance))
        with ExitStack() as stack:
            sides = [_side(place, str(one)) for one in (a, b)]
            page = _page(place, html, sides)
            for side, _ in sides:
                stack.callback(side.close)
            spots = stack.enter_context(SqliteSpots())
            for ours, theirs in pairs(sides[0][0], sides[1][0], spots):
                contrast.add(ours, theirs)
        found = {
            **contrast.as_json(sides[0][1], sides[1][1]),
            "fields_asked": list(fields),
            "page": None if page is None else str(page),
        }
        if page is not None:
            with place.files.writing(page, durable=False) as file:
                for piece in html_contrast(found, contrast.lines(), __version__):
                    file.write(piece.encode())
        return found


def _agreement(fields: Sequence[str], tolerance: float) -> Agreement:
    if not math.isfinite(tolerance) or not 0 <= tolerance < 1:
        raise WrongUsage("--tolerance is a share, 0 to below 1: 0.01 is one per cent.")
    try:
        return Agreement(tolerance=tolerance, places=read_fields(fields))
    except ValueError as error:
        raise WrongUsage(f"--field: {error}.") from None


def _side(place: Workplace, name: str) -> tuple[Side, Mapping[str, Any]]:
    """A side, and what it is."""
    run = place.journal.run(name) if place.layout.journal.is_file() else None
    if run is not None:
        return _run(place, run)
    path = Path(name)
    if not path.exists():
        raise WrongUsage(
            f"{name}: there is no such run in {place.layout.outputs}, folder or file. "
            "`truebatch list` shows the runs; other folders are named with --outputs."
        )
    if (path / "journal.sqlite3").is_file():
        raise WrongUsage(
            f"{name} holds the outputs of all tasks. Name a run, or one task's folder: {path}/TASK."
        )
    side = side_of(path)
    return side, {"name": name, "kind": side.kind, "task": None, "model": None}


def _run(place: Workplace, run: RunRow) -> tuple[Side, Mapping[str, Any]]:
    if run.state not in FINAL:
        raise NotFinished(
            f"Run {run.id} has no results yet: it is {run.state}. "
            f"`truebatch resume {run.id}` brings them.",
            run=run.id,
        )
    folder = place.layout.run(run.id)
    try:
        side = side_of(folder)
    except BadInput:
        raise BadInput(f"{folder}: the run's files are gone.", run=run.id) from None
    return side, {"name": run.id, "kind": "run", "task": run.task, "model": run.model}


def _page(
    place: Workplace, html: str | Path | bool, sides: Sequence[tuple[Side, Mapping[str, Any]]]
) -> Path | None:
    if isinstance(html, bool):
        names = [_UNSAFE.sub("-", about["name"]).strip("-.")[-_LONGEST_NAME:] for _, about in sides]
        name = "-vs-".join(one or "side" for one in names)
        return place.layout.outputs / COMPARISONS / f"{name}.html" if html else None
    path = Path(html)
    target = path.resolve()
    runs = (place.layout.outputs / "runs").resolve()
    if (
        path.is_dir()
        or target.is_relative_to(runs)
        or target.suffix.lower() not in (".html", ".htm")
    ):
        raise WrongUsage(f"--html {path}: name a file that ends in .html, outside {runs}.")
    return path
