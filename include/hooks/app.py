"""The web app that takes deliveries: `POST /<hook>`, and nothing else. The signature is the login."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import SecretStr
from starlette.requests import ClientDisconnect

from include.hooks.deliveries import Delivery
from include.hooks.errors import RefusedError, UnavailableError
from include.hooks.pace import Pace
from include.hooks.verify import Envelope, envelope_of, keys_of, message_of, verify
from include.signed_webhook import SecretError

HOOKS = ("forecasts",)
LONGEST_BODY = 64 * 1024
# A sender has its body at hand.
BODY_TIMEOUT_S = 5
# Each starts a run, and says little that the one before did not.
MOST_PER_MINUTE = 60
RETRY_AFTER_S = 60

# Does what a delivery asks for, and tells whether it is new.
Deliver = Callable[[Delivery], bool]
log = logging.getLogger(__name__)


def app_of(secret: SecretStr | None, deliver: Deliver) -> FastAPI:
    """Return the app; without a sound secret it has no route, and answers 404 to all."""
    keys = _keys(secret)
    app = FastAPI(title="Hooks", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    app.exception_handler(RefusedError)(_refused)
    app.exception_handler(UnavailableError)(_unavailable)
    pace = Pace(MOST_PER_MINUTE, span_s=60)
    for hook in HOOKS if keys else ():
        app.add_api_route(f"/{hook}", _receiver(hook, keys, deliver, pace), methods=["POST"])
    return app


def _keys(secret: SecretStr | None) -> tuple[bytes, ...]:
    try:
        return keys_of(secret.get_secret_value()) if secret else ()
    except SecretError as error:
        log.error("no hook is open: GRIDLOOM_HOOK_SECRET %s", error)  # noqa: TRY400 - where it was raised is of no use
        return ()


def _receiver(hook: str, keys: Sequence[bytes], deliver: Deliver, pace: Pace) -> Callable[..., object]:
    async def receive(request: Request) -> JSONResponse:
        envelope = envelope_of(request.headers.getlist, datetime.now(UTC))
        _require_json(request)
        delivery = _opened(hook, envelope, await _body_of(request), keys)
        if not pace.takes_one():
            raise RefusedError(HTTPStatus.TOO_MANY_REQUESTS, f"more than {MOST_PER_MINUTE} deliveries in a minute")
        is_new = await run_in_threadpool(deliver, delivery)
        log.info("hook %s: delivery %s %s", hook, delivery.message_id, "accepted" if is_new else "came before")
        # To a sender every 2xx is a success: one that tries again what we have is to leave it at that.
        return JSONResponse(
            {"status": "accepted" if is_new else "already delivered"},
            status_code=HTTPStatus.ACCEPTED if is_new else HTTPStatus.OK,
        )

    return receive


def _opened(hook: str, envelope: Envelope, body: bytes, keys: Sequence[bytes]) -> Delivery:
    verify(envelope, body, keys)
    return Delivery(hook, envelope.message_id, body, message_of(body).type)


def _require_json(request: Request) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" or request.headers.get("content-encoding", "identity") != "identity":
        raise RefusedError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "the body must be application/json, not compressed")


async def _body_of(request: Request) -> bytes:
    """Return the body's raw bytes. What is announced is believed only where it is too much already."""
    announced = request.headers.get("content-length", "0")
    if not announced.isdecimal() or int(announced) > LONGEST_BODY:
        raise _too_large()
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_TIMEOUT_S):
            async for piece in request.stream():
                body += piece
                if len(body) > LONGEST_BODY:
                    raise _too_large()
    except TimeoutError as error:
        raise RefusedError(
            HTTPStatus.REQUEST_TIMEOUT, f"the body did not arrive within {BODY_TIMEOUT_S} seconds"
        ) from error
    except ClientDisconnect as error:
        raise RefusedError(HTTPStatus.BAD_REQUEST, "the body did not arrive whole") from error
    return bytes(body)


def _too_large() -> RefusedError:
    return RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body must have {LONGEST_BODY} bytes at most")


async def _refused(request: Request, error: RefusedError) -> JSONResponse:
    log.warning("hook %s refuses a delivery: %s", request.scope["path"], error)
    # What is left of a body is not waited for.
    headers = {"connection": "close"}
    if error.status == HTTPStatus.TOO_MANY_REQUESTS:
        headers["retry-after"] = str(RETRY_AFTER_S)
    return JSONResponse({"detail": str(error)}, status_code=error.status, headers=headers)


async def _unavailable(request: Request, error: UnavailableError) -> JSONResponse:
    log.error("hook %s cannot take a delivery: %s", request.scope["path"], error)
    headers = {"retry-after": str(RETRY_AFTER_S)}
    return JSONResponse({"detail": str(error)}, status_code=HTTPStatus.SERVICE_UNAVAILABLE, headers=headers)
