"""The Python way in: ``Processor``, one verb for each command."""

from processor.api.processor import Processor

__all__ = ["Processor"]
