"""Tests of what leaves the outputs folder: exports, search, summaries."""
