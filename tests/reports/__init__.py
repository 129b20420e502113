"""Reports, judging again, and judging files."""
