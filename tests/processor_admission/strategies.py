"""What the properties of cutting and admission are tried with."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from benchmarks.schedule_simulation import Job
from processor.core.admission import Room
from processor.core.cutting import Limits

counts = st.integers(1, 12)
rooms = st.builds(Room, tokens=st.none() | st.integers(0, 60), jobs=st.integers(0, 6))
"""Room for a few jobs, or for none."""

limits = st.builds(
    Limits,
    bytes=st.integers(1, 60),
    tokens=st.none() | st.integers(1, 40),
    requests=st.none() | st.integers(1, 5),
)
requests = st.lists(st.tuples(st.integers(1, 30), st.integers(0, 20)), max_size=30)
"""(bytes, tokens) of each request, some of them above any limit."""


@st.composite
def runs(draw: Any, *, most_jobs: int = 10) -> tuple[list[Job], Room, int]:
    """Jobs that each fit into the room, the room, and the poll interval."""
    room = Room(
        tokens=draw(st.none() | st.integers(1, 20)),
        jobs=draw(st.integers(1, 5)),
    )
    tokens = st.integers(1, 20 if room.tokens is None else room.tokens)
    job = st.builds(
        Job, tokens=tokens, upload_seconds=st.integers(0, 15), seconds=st.integers(1, 40)
    )
    return draw(st.lists(job, max_size=most_jobs)), room, draw(st.integers(1, 10))
