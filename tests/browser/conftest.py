"""A headless Chromium, as the system has it; no browser is downloaded."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser; one for all tests.

    A machine without it skips, unless ``$TRUEBATCH_BROWSER`` says that it must be there.
    """
    playwright = pytest.importorskip("playwright.sync_api")
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        if os.environ.get("TRUEBATCH_BROWSER"):
            pytest.fail("there is no chromium on this machine")
        pytest.skip("there is no chromium on this machine")
    with playwright.sync_playwright() as running:
        # Chromium refuses its own sandbox to root, which containers mostly are.
        browser = running.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()
