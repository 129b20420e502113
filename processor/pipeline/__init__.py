"""The steps in order, from wherever a run stands to its end."""

from processor.pipeline.driving import Driver
from processor.pipeline.pipeline import Pipeline, check_count

__all__ = ["Driver", "Pipeline", "check_count"]
