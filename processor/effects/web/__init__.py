"""The web: pages fetched side by side, from public hosts only, each within its limits."""

from processor.effects.web.crowd import OpenWeb

__all__ = ["OpenWeb"]
