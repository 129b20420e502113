"""The application: routes, doors and deadlines put together."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from fastapi import FastAPI
from pydantic.json_schema import models_json_schema

from processor import __version__
from processor.errors import ProcessorError
from processor.rest import batch, bodies, describing, login, reference, runs, webhook
from processor.rest.connections import Connections
from processor.rest.deadlines import Deadlines
from processor.rest.desk import Desk
from processor.rest.doors import Doors
from processor.rest.driver_process import DriverProcess
from processor.rest.hub import Hub
from processor.rest.office import Office
from processor.rest.problems import add_handlers
from processor.rest.reading import remove_cut_uploads
from processor.rest.settings import Settings

_DESCRIPTION = """Batch jobs of the Gemini Batch API as a service: submit, watch, and read the results.

Every error is `application/problem+json`, in the words of the command line."""
_READ_BY_ROUTES = (bodies.SubmitRun, bodies.RetryRun, bodies.SubmitContents, bodies.SubmitUrls)
_TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "description": "As `truebatch token add NAME` shows it once.",
}
_PAGES = "processor.rest.pages"


def build_app(settings: Settings, connections: Connections) -> FastAPI:
    """The ASGI application of one service, which is called over ``connections``."""
    hub = Hub(f"{settings.processor['outputs']}{os.sep}")
    desk = Desk(
        settings=settings,
        office=Office(settings.processor),
        driver=DriverProcess(settings.processor, hear=hub.hear, log=settings.driver_log),
        hub=hub,
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        try:
            await desk.driver.start()
        except ProcessorError as error:
            app.state.failure = error
            raise
        await desk.office.ask(lambda _: remove_cut_uploads(desk))
        yield
        await desk.driver.stop()
        desk.office.close()

    app = FastAPI(
        title="truebatch",
        version=__version__,
        description=_DESCRIPTION,
        lifespan=lifespan,
        docs_url=None,  # its page loads scripts from another host: ours is in rest/reference.py
        redoc_url=None,
        separate_input_output_schemas=False,
    )
    app.state.desk = desk
    app.state.failure = None
    for router in (batch, runs, describing, webhook, reference, login):
        app.include_router(router.router)
    if find_spec(_PAGES) is not None:
        app.include_router(import_module(_PAGES).router)
    add_handlers(app)
    _describe_bodies(app)
    # The last one added is the outermost.
    app.add_middleware(Deadlines, settings=settings, drop=connections.drop)
    app.add_middleware(Doors, settings=settings, desk=desk, connections=connections)
    return app


def _describe_bodies(app: FastAPI) -> None:
    """Add to the document what FastAPI's own means do not: models that routes read themselves, tokens."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = made()
            models = [(model, "validation") for model in (*_READ_BY_ROUTES, bodies.Problem)]
            _, found = models_json_schema(
                models,  # type: ignore[arg-type]
                ref_template="#/components/schemas/{model}",
            )
            document["components"]["schemas"].update(found["$defs"])
            document["components"]["securitySchemes"] = {"token": _TOKEN}
            document["security"] = [{"token": []}, {}]  # none on loopback, nor for /health
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
