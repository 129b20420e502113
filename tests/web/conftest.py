"""A web site for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.web.site import Site, serving


@pytest.fixture
def site() -> Iterator[Site]:
    """A site of this test's own."""
    with serving() as made:
        yield made
