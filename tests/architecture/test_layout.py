"""Imports point one way, modules stay small, and nothing outside batch is ever called."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench import PROJECT

PACKAGES = ("processor", "validation", "sandbox")
STEPS = ("load", "build", "submit", "poll", "fetch", "validate", "save", "report")
MOST_CODE_LINES = 300
"""In one module, without docstrings, comments and blank lines."""
_THOUGHT_OF_AGAIN = {
    "processor/api/processor.py": 420,  # one short method for each verb, with all its options
}
"""Modules that may be larger, and why."""
MOST_FUNCTION_LINES = 60


def _modules(*packages: str) -> list[Path]:
    return sorted(path for package in packages for path in (PROJECT / package).rglob("*.py"))


def _name(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()


ALL = _modules(*PACKAGES)
OURS = _modules("processor", "validation")


def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _tool(name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    beside = Path(sys.executable).with_name(name)
    command = str(beside) if beside.exists() else shutil.which(name)
    if command is None:
        pytest.fail(f"{name} is not installed: pip install -e '.[dev]'")
    return subprocess.run(
        [command, *arguments], cwd=PROJECT, capture_output=True, encoding="utf-8", check=False
    )


def test_imports_keep_the_contracts() -> None:
    checked = _tool("lint-imports", "--no-cache")
    assert checked.returncode == 0, checked.stdout


def test_time_is_asked_of_the_clock_alone() -> None:
    checked = _tool("ruff", "check", "--no-cache", "--select", "TID251", *PACKAGES)
    assert checked.returncode == 0, checked.stdout


def test_ban_on_asking_the_time_holds(tmp_path: Path) -> None:
    (tmp_path / "late.py").write_text("import time\ntime.sleep(1)\n", encoding="utf-8")
    config = str(PROJECT / "pyproject.toml")
    checked = _tool(
        "ruff", "check", "--no-cache", "--config", config, "--select", "TID251", str(tmp_path)
    )
    assert checked.returncode == 1
    assert "time.sleep" in checked.stdout


# -- size and names -----------------------------------------------------------------------------


def _code_lines(path: Path) -> int:
    """Lines that hold code: neither blank, nor comment, nor docstring."""
    lines: set[int] = set()
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            if token.type not in _NO_CODE:
                lines.update(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            lines.difference_update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return len(lines)


_NO_CODE = {
    tokenize.ENCODING, tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT,
    tokenize.DEDENT, tokenize.ENDMARKER,
}  # fmt: skip


def test_modules_are_small() -> None:
    sizes = {_name(path): _code_lines(path) for path in ALL}
    large = {
        name: lines
        for name, lines in sizes.items()
        if lines > _THOUGHT_OF_AGAIN.get(name, MOST_CODE_LINES)
    }
    assert large == {}


def test_module_s_name_is_no_drawer() -> None:
    drawers = {"utils", "util", "helpers", "helper", "common", "base", "misc", "tools"}
    assert [_name(path) for path in ALL if path.stem in drawers] == []


def test_functions_are_short() -> None:
    long = {
        f"{_name(path)}: {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path in ALL
        for node in ast.walk(_tree(path))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
    }
    assert {name: n for name, n in long.items() if n > MOST_FUNCTION_LINES} == {}


def test_modules_and_what_is_public_are_described() -> None:
    bare = [
        _name(path)
        for path in ALL
        if path.stat().st_size > 1 and not ast.get_docstring(_tree(path))
    ]
    bare += [
        f"{_name(path)}: {node.name}"
        for path in OURS
        for node in _tree(path).body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef))
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert bare == []


@pytest.mark.parametrize("step", STEPS)
def test_every_step_has_a_file_of_its_name(step: str) -> None:
    assert (PROJECT / "processor" / "steps" / f"{step}.py").is_file()


def test_validation_and_sandbox_stand_alone() -> None:
    for package in ("validation", "sandbox"):
        for path in _modules(package):
            others = set(PACKAGES) - {package}
            assert not others & set(_imported(path)), _name(path)


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


GATEWAY = [f"processor/effects/gemini{name}.py" for name in ("", "_caches", "_client", "_files")]


def test_only_the_gateway_imports_google_genai() -> None:
    found = [_name(path) for path in _modules(*PACKAGES) if "google" in _imported(path)]
    assert sorted(found) == GATEWAY


# -- no fallback, ever --------------------------------------------------------------------------

# The SDK's and the service's names for inference outside batch. (countTokens has a field that is called
# generateContentRequest; it counts, and answers nothing.)
_ATTRIBUTES = {
    "generate_content", "generate_content_stream", "generate_images", "generate_videos",
    "edit_image", "embed_content", "send_message", "send_message_stream", "chats", "live",
    "interactions", "aio", "compute_tokens", "create_embeddings",
}  # fmt: skip
_WORDS = re.compile(
    r"(?<!batch)(?<!batchE)(?:[gG]enerateContent(?!Request)|streamGenerate|embedContent|[/:]predict\b|"
    r"[bB]idiGenerate|generate_content|chat/completions|[/:]interactions)"
)


def _names(path: Path) -> Iterator[str]:
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Name):
            yield node.id


def _strings(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            if token.type == tokenize.STRING and not token.string.startswith(('"""', 'r"""')):
                yield token.string


def test_no_interactive_method_is_named() -> None:
    named = {_name(path): _ATTRIBUTES & set(_names(path)) for path in OURS}
    assert {name: found for name, found in named.items() if found} == {}
    said = {_name(path): [text for text in _strings(path) if _WORDS.search(text)] for path in OURS}
    assert {name: found for name, found in said.items() if found} == {}


def test_ban_on_interactive_names_holds() -> None:
    assert _WORDS.search('"/v1beta/models/m:generateContent"')
    assert _WORDS.search('"streamGenerateContent"')
    assert not _WORDS.search('"/v1beta/models/m:batchGenerateContent"')


def _gateway_nodes() -> Iterator[ast.AST]:
    for path in GATEWAY:
        yield from ast.walk(ast.parse((PROJECT / path).read_text(encoding="utf-8")))


def test_calls_of_the_sdk_are_those_of_batch_files_and_caches() -> None:
    calls = {
        ast.unparse(node.func).removeprefix("self._client.")
        for node in _gateway_nodes()
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("self._client.")
    }
    batch = {f"batches.{verb}" for verb in ("create", "get", "list", "cancel", "delete")}
    files = {f"files.{verb}" for verb in ("upload", "get", "list", "delete", "download")}
    # countTokens counts, and models.get and list describe: nothing of them is inference.
    beside = {"models.count_tokens", "models.get", "models.list", "close"}
    caches = {f"caches.{verb}" for verb in ("create", "list", "update", "delete")}
    assert calls <= batch | files | caches | beside
    assert {"batches.create", "batches.get", "files.upload", "files.download"} <= calls


def test_client_is_made_without_retries() -> None:
    named = [
        keyword.arg
        for node in _gateway_nodes()
        if isinstance(node, ast.Call)
        for keyword in node.keywords
    ]
    assert (
        "retry_options" not in named
    )  # with them, the SDK makes a job again whose answer was lost
