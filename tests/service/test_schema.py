"""The OpenAPI document is true: schemathesis asks every route with what it allows, and what it does not."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import load_all_checks, not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from processor.rest.app import build_app
from processor.rest.connections import Connections
from processor.rest.settings import Settings
from tests.service.guarded import Guarded
from tests.service.service import RestService

_EXAMPLES = 1
_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


_READ_LATER = "/runs/upload"
"""Its body goes to the disk as it is: what is wrong in it is told when the driver reads it."""


def _hold(url: str, token: str | None, mode: GenerationMode, examples: int) -> int:
    """Ask every route ``examples`` times; how many routes there were."""
    headers = {"authorization": f"Bearer {token}"} if token else {}
    schema = schemathesis.openapi.from_dict(_document(url))
    load_all_checks()
    routes = 0
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        _ask(found.ok(), url, headers, mode, examples)
        routes += 1
    return routes


def _ask(
    operation: Any, url: str, headers: dict[str, str], mode: GenerationMode, examples: int
) -> None:
    checks = [*_CHECKS, *([] if operation.path == _READ_LATER else [negative_data_rejection])]

    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        if isinstance(case.body, dict):
            case.body.pop("wait_for_completion", None)  # it waits, as it should
        answer = case.call(base_url=url, headers=headers)
        # A refusal, too, but not on that check's list.
        too_large = answer.status_code == 413
        case.validate_response(answer, checks=_CHECKS if too_large else checks)

    try:
        ask()
    except Unsatisfiable:  # nothing wrong can be asked of a route that takes nothing
        assert mode is GenerationMode.NEGATIVE


@cache
def _made() -> dict[str, Any]:
    # Of the application, not of the service: that shows it to nobody without a token.
    unused = Connections(1, head_seconds=1, idle_seconds=1)
    return build_app(Settings(processor={"outputs": "."}), unused).openapi()


def _document(url: str) -> dict[str, Any]:
    return {**_made(), "servers": [{"url": url}]}


@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_answer_is_as_the_document_says(service: RestService, mode: GenerationMode) -> None:
    assert _hold(service.url, None, mode, _EXAMPLES) >= 17


@pytest.mark.soak
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_every_answer_is_as_the_document_says_at_length(
    guard: Guarded, mode: GenerationMode
) -> None:
    assert _hold(guard.url, guard.token, mode, 100) >= 17


def test_document_holds_without_a_token_too(guard: Guarded) -> None:
    assert _hold(guard.url, None, GenerationMode.POSITIVE, 1) >= 17


def test_every_route_is_described_with_examples_and_problems() -> None:
    document = _document("http://x")
    for path, methods in document["paths"].items():
        for method, route in methods.items():
            assert route.get("description"), (method, path)
            assert {"400", "401", "422", "429", "500"} <= set(route["responses"]), (method, path)
            for kind in route.get("requestBody", {}).get("content", {}).values():
                name = kind["schema"].get("$ref", "").rpartition("/")[2]
                assert not name or document["components"]["schemas"][name]["examples"], name
    assert document["info"]["title"] == "truebatch"
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
