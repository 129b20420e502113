"""truebatch: a strict, single-purpose batch processor for Google's Gemini Batch API."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from loguru import logger

if TYPE_CHECKING:
    from processor.api import Processor as Processor

logger.disable("processor")

try:
    __version__ = version("truebatch")
except PackageNotFoundError:  # run from a source tree that was never installed
    __version__ = "0+unknown"

__all__ = ["Processor", "__version__"]


def __getattr__(name: str) -> Any:
    """Import ``Processor`` only when it is asked for, so that ``--version`` stays quick."""
    if name == "Processor":
        from processor.api import Processor

        return Processor
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
