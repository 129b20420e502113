"""The files of models: the built-in one, the user's own, and one that is named."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from processor.core.model import Model
from processor.core.models import merge_models
from processor.errors import WrongUsage

_BUILT_IN = Path(__file__).resolve().parent.parent / "models.toml"


def read_models(named: str | None = None) -> Mapping[str, Model]:
    """Every model that is known.

    Args:
        named: a file that goes over ``models.toml`` in the user's configuration folder
            (``$XDG_CONFIG_HOME/truebatch``, ``~/.config/truebatch``), which goes over the built-in
            one: model by model, field by field.

    Raises:
        WrongUsage: a file cannot be read or is wrong; file, model and field are named.
    """
    return merge_models(_files(named))


def _files(named: str | None) -> Iterator[tuple[str, str]]:
    yield _read(_BUILT_IN), _BUILT_IN.name
    own = users_own()
    if own.is_file():
        yield _read(own), str(own)
    if named is not None:
        yield _read(Path(named)), named


def users_own() -> Path:
    """Where the user's own file is looked for."""
    home = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(home) / "truebatch" / "models.toml"


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise WrongUsage(f"{path}: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise WrongUsage(f"{path} is not UTF-8 (byte {error.start}).") from None
