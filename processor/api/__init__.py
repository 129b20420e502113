"""The Python way in: ``Processor``, one verb for each command, and what its verbs take and give."""

from processor.api.processor import Processor
from processor.api.prompts import Media
from processor.api.providers import GeminiProvider, Providers, Submitted
from processor.api.typed import Failure

__all__ = ["Failure", "GeminiProvider", "Media", "Processor", "Providers", "Submitted"]
