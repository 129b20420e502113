"""The endpoints, and what happens around each of them: key, fault, record."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Scope

from sandbox import batches, caches, files, models, uploads
from sandbox.errors import ApiError
from sandbox.faults.endpoints import play_after, play_before, refuses_first
from sandbox.faults.grammar import Spec
from sandbox.sending import Sent, outcome, reset
from sandbox.service import Call, Service

Handler = Callable[[Call], Awaitable[Response]]
VERSIONS = ("v1", "v1beta")
CLIENT_GONE = 499


def build_app(service: Service) -> Starlette:
    """The ASGI application of one sandbox."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        service.worker.start()
        yield
        service.close()

    routes = [
        _route(service, version, path, method, endpoint, handler)
        for version in VERSIONS
        for path, method, endpoint, handler in _TABLE
    ]
    routes.append(_route(service, "", "/{path:path}", "", "unknown", _unknown))
    return Starlette(routes=routes, lifespan=lifespan)


async def _unknown(call: Call) -> Response:
    await call.request.body()
    raise ApiError(404, "Requested entity was not found.")


_TABLE: tuple[tuple[str, str, str, Handler], ...] = (
    ("/upload/VERSION/files", "POST", "upload", uploads.start),
    ("/resumable/upload/VERSION/files", "POST", "upload", uploads.start),
    ("/upload/VERSION/files", "PUT", "upload", uploads.start),
    ("/VERSION/files", "GET", "files.list", files.list_files),
    ("/VERSION/files/{file}:download", "GET", "files.download", files.download),
    ("/download/VERSION/files/{file}:download", "GET", "files.download", files.download),
    ("/VERSION/files/{file}", "GET", "files.get", files.get),
    ("/VERSION/files/{file}", "DELETE", "files.delete", files.delete),
    ("/VERSION/cachedContents", "POST", "caches.create", caches.create),
    ("/VERSION/cachedContents", "GET", "caches.list", caches.list_caches),
    ("/VERSION/cachedContents/{cache}", "GET", "caches.get", caches.get),
    ("/VERSION/cachedContents/{cache}", "PATCH", "caches.patch", caches.patch),
    ("/VERSION/cachedContents/{cache}", "DELETE", "caches.delete", caches.delete),
    ("/VERSION/models", "GET", "models.list", models.list_models),
    ("/VERSION/models/{model}:batchGenerateContent", "POST", "batches.create", batches.create),
    ("/VERSION/models/{model}:countTokens", "POST", "countTokens", models.count),
    ("/VERSION/models/{model}", "GET", "models.get", models.get),
    ("/VERSION/models/{model}:{method}", "POST", "interactive", models.interactive),
    ("/VERSION/batches", "GET", "batches.list", batches.list_batches),
    ("/VERSION/batches/{job}:cancel", "POST", "batches.cancel", batches.cancel),
    ("/VERSION/batches/{job}:delete", "POST", "batches.delete", batches.delete),
    ("/VERSION/batches/{job}", "GET", "batches.get", batches.get),
    ("/VERSION/batches/{job}", "DELETE", "batches.delete", batches.delete),
)


def _route(
    service: Service, version: str, path: str, method: str, endpoint: str, handler: Handler
) -> Route:
    async def serve(request: Request) -> Response:
        name, act = endpoint, handler
        if endpoint == "upload":
            name, act = _upload_step(request)
        call = Call(service=service, request=request, endpoint=name, version=version)
        return await _serve(call, act)

    methods = [method] if method else ["GET", "POST", "PUT", "PATCH", "DELETE"]
    return Route(path.replace("VERSION", version), serve, methods=methods)


def _upload_step(request: Request) -> tuple[str, Handler]:
    command = request.headers.get("x-goog-upload-command", "start")
    if "finalize" in command:
        return "upload.finalize", uploads.take_chunk
    if "start" in command:
        return "upload.start", uploads.start
    return "upload.chunk", uploads.take_chunk


async def _serve(call: Call, act: Handler) -> Response:
    try:
        # Chunks carry no key: the upload's address is what lets them in.
        if call.endpoint not in ("upload.chunk", "upload.finalize"):
            call.project = call.service.project(call.key())
        spec = call.service.faults.for_call(call.endpoint)
        if spec is not None:
            call.fault = spec.label
            return await _play(call, act, spec)
        return _sent(call, await _act(call, act))
    except ApiError as refusal:
        return _sent(call, refusal_answer(refusal))
    except ClientDisconnect:
        call.write_log(CLIENT_GONE, 0)
        return Response(status_code=CLIENT_GONE)


async def _act(call: Call, act: Handler) -> Response:
    try:
        return await act(call)
    except ApiError as refusal:
        return refusal_answer(refusal)


async def _play(call: Call, act: Handler, spec: Spec) -> Response:
    if refuses_first(spec):
        async for piece in call.request.stream():
            call.bytes_in += len(piece)
        answer = play_before(spec, call, _abort(call))
    else:
        answer = await play_after(spec, await _act(call, act), _abort(call))
    call.write_log(*outcome(answer))
    return answer


def refusal_answer(refusal: ApiError) -> Response:
    """An `ApiError` as a response."""
    return Response(
        refusal.body(), status_code=refusal.code, media_type="application/json; charset=UTF-8"
    )


def _sent(call: Call, response: Response) -> Response:
    call.write_log(*outcome(response))
    return Sent(response, abort=_abort(call))


def _abort(call: Call) -> Callable[[Scope], None]:
    def abort(scope: Scope) -> None:
        transport = call.service.transports.get(tuple(scope["client"]))
        if transport is not None:
            reset(transport)

    return abort
