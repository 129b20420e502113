"""Answers made from a request's own words and schema, by seed, without a model."""

from sandbox.answers.answer import Answer, write_answer

__all__ = ["Answer", "write_answer"]
