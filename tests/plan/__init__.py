"""Told first: plans, limits and admission through the real wiring."""
