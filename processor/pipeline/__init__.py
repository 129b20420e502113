"""The steps in order, from wherever a run stands to its end."""

from processor.pipeline.driving import Driver, StillRunning
from processor.pipeline.pipeline import Pipeline, check_count

__all__ = ["Driver", "Pipeline", "StillRunning", "check_count"]
