"""What the docstrings show is so."""

import ast
import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import sandbox
from sandbox.faults.grammar import parse_faults

MODULES = [found.name for found in pkgutil.walk_packages(sandbox.__path__, "sandbox.")]


@pytest.mark.parametrize("name", [name for name in MODULES if not name.endswith("__main__")])
def test_examples_in_docstrings_hold(name: str) -> None:
    module = importlib.import_module(name)
    assert doctest.testmod(module).failed == 0


def test_the_introduction_names_only_faults_that_there_are() -> None:
    words = sandbox.__doc__ or ""
    for faults in (
        "lost@batches.create,503@batches.get*2",
        "ok@batches.get*2,429@batches.get",
        "truncated*3,blocked_prompt@paper-17",
        "job_failed=8@run-7*1",
    ):
        assert faults in words
        assert parse_faults(faults)


def test_the_package_cannot_infer() -> None:
    for path in Path(sandbox.__path__[0]).rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        imported = {
            name.name.partition(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.Import)
            for name in node.names
        } | {
            (node.module or "").partition(".")[0]
            for node in ast.walk(tree)
            if isinstance(node, ast.ImportFrom)
        }
        assert not imported & {"google", "httpx", "httpx2", "requests", "processor", "validation"}
