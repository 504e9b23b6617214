"""The life of a request on this floor: who, how much, what; then the route's handler."""

import asyncio
import time
from functools import partial
from typing import Any, cast

from pydantic import BaseModel
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.auth import authenticate, require_scope
from api.body import read_body
from api.call import Call
from api.exchange import Exchange, exchange_of
from api.idempotency import KEPT_ERRORS, Protection, idempotency_key, run_once
from api.limits import RateLimiter, refuse_excess
from api.lists import Listing, check_fields, chosen_members
from api.parts import Parts
from api.problems import problem_response
from api.routing import Route
from api.validation import validated
from core.errors import PlatenError
from core.idempotency import IdempotencyKeys
from core.workspaces import Principal

__all__ = ["Endpoint"]


class Endpoint:
    """One route as an ASGI application. Errors leave it as they are; the edge writes them."""

    def __init__(
        self, route: Route, parts: Parts, limiter: RateLimiter, keys: IdempotencyKeys
    ) -> None:
        self.route = route
        self._parts = parts
        self._limiter = limiter
        self._keys = keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request whose path parameters stand in the scope."""
        request = Request(scope, receive, send)
        exchange = exchange_of(scope)
        exchange.route = self.route.path
        try:
            answer = await self._answer(request, exchange)
        except ClientDisconnect:
            return  # nobody is there to be answered
        if answer is not None:
            await answer(scope, receive, send)

    async def _answer(self, request: Request, exchange: Exchange) -> Response | None:
        principal = await self._admit(request, exchange)
        query = self._query(request)
        began = time.perf_counter()
        body = await read_body(request, self.route, self._parts.settings)
        if body.raw:
            exchange.timings["read"] = (time.perf_counter() - began) * 1000
        call = Call[Any, Any](
            parts=self._parts,
            request=request,
            request_id=exchange.request_id,
            accepted_us=exchange.accepted_us,
            principal=cast("Principal", principal),
            path=request.path_params,
            body=body.model,
            query=query,
            raw_body=body.raw,
            files=body.files,
            timings=exchange.timings,
            headers=exchange.headers,
        )
        sent = request.headers.get("idempotency-key")
        if sent is None or self.route.method != "POST" or principal is None:
            return await self._run(call, request)
        return await run_once(
            self._keys,
            workspace_id=principal.workspace_id,
            operation=f"POST {exchange.path.removeprefix('/v1')}",
            key=idempotency_key(sent),
            sent=b"\n".join((request.scope["query_string"], body.raw)),
            work=partial(self._run_shown, call, request),
            artifacts=self._parts.artifacts,
            respond=self._response,
            # A route without bytes answers with no artifact that `store` could speak of.
            store=getattr(body.model, "store", True) or not self.route.media_types,
        )

    async def _run(self, call: Call[Any, Any], request: Request) -> Response | None:
        if not self.route.stops_with_client:
            return self._response(await self.route.handler(call), call.query)
        return await self._unless_gone(call, request)

    async def _run_shown(
        self, call: Call[Any, Any], request: Request, protection: Protection
    ) -> Response | None:
        """The same, with errors that are kept for a key as the answers that they are."""
        call.protection = protection
        try:
            return await self._run(call, request)
        except PlatenError as error:
            if error.status not in KEPT_ERRORS:
                raise
            exchange = exchange_of(request.scope)
            exchange.code = error.code
            return problem_response(
                error,
                request_id=exchange.request_id,
                instance=exchange.path,
                base_url=self._parts.settings.base_url,
            )

    async def _admit(self, request: Request, exchange: Exchange) -> Principal | None:
        if self.route.scope is None:
            return None
        principal = await authenticate(self._parts.workspaces, request.headers)
        exchange.workspace_id = principal.workspace_id
        exchange.standing = await self._limiter.take(principal.workspace_id, principal.plan)
        refuse_excess(exchange.standing)
        require_scope(principal, self.route.scope)
        return principal

    def _query(self, request: Request) -> BaseModel | None:
        if self.route.query is None:
            return None
        query = validated(self.route.query, dict(request.query_params))
        if isinstance(query, Listing) and self.route.answer is not None:
            check_fields(query.chosen, self.route.answer)
        return query

    async def _unless_gone(self, call: Call[Any, Any], request: Request) -> Response | None:
        """The answer, or None as soon as the client has gone; the handler is then cancelled."""
        work = asyncio.ensure_future(self.route.handler(call))
        gone = asyncio.ensure_future(_gone(request))
        try:
            await asyncio.wait((work, gone), return_when=asyncio.FIRST_COMPLETED)
            return self._response(work.result()) if work.done() else None
        finally:
            gone.cancel()
            if not work.done():
                work.cancel()
                await asyncio.wait((work,))

    def _response(self, answer: BaseModel | Response, query: object = None) -> Response:
        if isinstance(answer, Response):
            return answer
        if isinstance(query, Listing) and query.chosen:
            content = chosen_members(answer, query.chosen)
        else:
            content = answer.__pydantic_serializer__.to_json(answer, by_alias=True)
        return Response(content, self.route.status, media_type="application/json")


async def _gone(request: Request) -> None:
    """Return when the client has closed the connection."""
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            return
