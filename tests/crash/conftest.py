"""One bench for each worker: its sandboxes and reference runs serve all its cuts."""

from collections.abc import Iterator

import pytest

from tests.crash.harness import Bench, bench


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with bench(tmp_path_factory.mktemp("crash") / "bench") as made:
        yield made
