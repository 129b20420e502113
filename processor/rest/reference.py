"""The reference at /docs: the OpenAPI document as one page, which loads nothing and needs no script."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment
from markupsafe import Markup

router = APIRouter(include_in_schema=False)

_PAGE = Path(__file__).with_name("reference.html").read_text(encoding="utf-8")


@router.get("/docs")
async def reference(request: Request) -> HTMLResponse:
    """The page."""
    document = request.app.openapi()
    environment = Environment(autoescape=True)
    environment.filters["code"] = _code
    page = environment.from_string(_PAGE)
    return HTMLResponse(
        page.render(
            title=document["info"]["title"],
            version=document["info"]["version"],
            description=document["info"]["description"],
            routes=list(_routes(document)),
        )
    )


def _code(text: str) -> Markup:
    """What stands between backticks, as code."""
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if number % 2 else part
        for number, part in enumerate(text.split("`"))
    )


def _routes(document: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    schemas = document["components"]["schemas"]
    for path, methods in document["paths"].items():
        for method, route in methods.items():
            text = route.get("description", "")
            content = route.get("requestBody", {}).get("content", {})
            yield {
                "id": route["operationId"],
                "method": method.upper(),
                "path": path,
                "text": text,
                "first": " ".join(text.split()).partition(". ")[0].removesuffix("."),
                "parameters": [
                    (one["name"], one["in"], one.get("description", ""))
                    for one in route.get("parameters", ())
                ],
                "bodies": list(content),
                "example": _example(content, schemas),
                "answers": [(s, one["description"]) for s, one in route["responses"].items()],
            }


def _example(content: Mapping[str, Any], schemas: Mapping[str, Any]) -> str | None:
    """The first example of a body's model."""
    for kind in content.values():
        name = kind["schema"].get("$ref", "").rpartition("/")[2]
        for example in schemas.get(name, {}).get("examples", ()):
            return json.dumps(example, indent=2, ensure_ascii=False)
    return None
