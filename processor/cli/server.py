"""``--server``: the commands carried out by a truebatch service instead of this machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from processor.api.remote import RemoteProcessor
from processor.effects.rest_client import find_token
from processor.errors import WrongUsage
from processor.ports import Observer

_OF_THIS_MACHINE = (
    "outputs", "sandbox", "api_key", "api_key_file", "env_file", "base_url", "faults", "models",
)  # fmt: skip


def at_server(observer: Observer, options: Mapping[str, Any]) -> RemoteProcessor:
    """The processor at the address that ``--server`` names.

    Raises:
        WrongUsage: an option was given that is the service's own matter.
    """
    given = click.get_current_context().find_root().params
    wrong = [name for name in _OF_THIS_MACHINE if options.get(name)]
    if wrong:
        spelled = ", ".join("--" + name.replace("_", "-") for name in wrong)
        raise WrongUsage(f"{spelled}: that is the service's own matter; it goes without --server.")
    return RemoteProcessor(
        given["server"],
        find_token(given["token_file"]),
        observer=observer,
        timeout=options.get("timeout", 60.0),
    )
