"""truebatch: a strict, single-purpose batch processor for Google's Gemini Batch API."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from loguru import logger

if TYPE_CHECKING:
    from processor.api import Failure as Failure
    from processor.api import GeminiProvider as GeminiProvider
    from processor.api import Media as Media
    from processor.api import Processor as Processor
    from processor.api import Providers as Providers
    from processor.api import Submitted as Submitted

logger.disable("processor")

try:
    __version__ = version("truebatch")
except PackageNotFoundError:  # run from a source tree that was never installed
    __version__ = "0+unknown"

_OF_API = ("Failure", "GeminiProvider", "Media", "Processor", "Providers", "Submitted")

__all__ = [
    "Failure",
    "GeminiProvider",
    "Media",
    "Processor",
    "Providers",
    "Submitted",
    "__version__",
]


def __getattr__(name: str) -> Any:
    """Import the Python way in only when it is asked for, so that ``--version`` stays quick."""
    if name in _OF_API:
        from processor import api

        return getattr(api, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
