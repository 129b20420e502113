"""The journal's runs in short: many at once, without what only a report needs."""

from __future__ import annotations

import json
from collections.abc import Sequence

from processor.core.figures import Figures
from processor.core.state import State
from processor.effects.journal_file import JournalFile

# SQLite takes three small parts out of a result, which may be a hundred times as long: with ten thousand
# runs that is the difference between a page at once and one after seconds.
_SELECT = """
SELECT number, id, task, model, state, created_at, ended_at, item_count,
    json_extract(result, '$.counts', '$.cost', '$.findings'),
    json_extract(options, '$.estimate.batch_usd.expected')
FROM runs ORDER BY number
"""


class FigureTable(JournalFile):
    """What the dashboard reads, and keeps as long as nothing is written."""

    _kept: tuple[tuple[int, int], Sequence[Figures]] | None = None

    def figures(self) -> Sequence[Figures]:
        """Every run in short, oldest first."""
        with self._disk():
            # The first counts what other connections have committed, the second what this one has.
            version = self._db.execute("PRAGMA data_version").fetchone()[0]
            now = (int(version), self._db.total_changes)
            if self._kept is None or self._kept[0] != now:
                rows = self._db.execute(_SELECT).fetchall()
                self._kept = (now, tuple(_figures(*row) for row in rows))
        return self._kept[1]


def _figures(
    number: int,
    run: str,
    task: str,
    model: str,
    state: str,
    created_at: str,
    ended_at: str | None,
    items: int,
    result: str | None,
    expected_usd: float | None,
) -> Figures:
    counts, cost, findings = json.loads(result) if result else (None, None, None)
    return Figures(
        number,
        run,
        task,
        model,
        State(state),
        created_at,
        ended_at,
        items,
        counts or {},
        cost or {},
        findings or {},
        expected_usd,
    )
