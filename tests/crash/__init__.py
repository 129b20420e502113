"""Kills the program at every instant, resumes it, and holds what came of it against an uncut run."""
