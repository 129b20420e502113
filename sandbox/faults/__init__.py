"""Faults, switched on by name."""
