"""One sandbox without faults for each module that needs one."""

from collections.abc import Iterator

import pytest

from sandbox.process import Sandbox
from tests.forked import running


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with running(job_seconds=0.15) as child:
        yield child
