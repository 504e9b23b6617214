"""From a path to its route: on the raw path, so that `a%2Fb` is one segment."""

import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import quote, unquote

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.endpoint import Endpoint
from api.errors import MethodNotAllowedError
from api.exchange import exchange_of
from core.errors import NotFoundError

__all__ = ["RouteTable"]

_PARAMETER = re.compile(r"\{([a-zA-Z_]+)\}")
_SAFE = "-._~!$&'()*+,;=:@"
_LONGEST_PATH = 4096


class _Pattern(NamedTuple):
    path: str
    regex: re.Pattern[str]
    methods: dict[str, Endpoint]


class RouteTable:
    """ASGI application over all endpoints, each under `/` and `/v1`. Raises 404 and 405.

    OPTIONS is answered here, with the methods that the path takes.
    """

    def __init__(self, endpoints: Iterable[Endpoint]) -> None:
        self._literal: dict[str, dict[str, Endpoint]] = {}
        self._patterns: dict[int, list[_Pattern]] = {}
        patterns: dict[str, dict[str, Endpoint]] = {}
        for endpoint in endpoints:
            path = endpoint.route.path
            table = patterns if "{" in path else self._literal
            methods = table.setdefault(path, {})
            if endpoint.route.method in methods:
                raise ValueError(f"{endpoint.route.method} {path} stands in the table twice")
            methods[endpoint.route.method] = endpoint
        # Where two fit, the one with its first parameter later, thus more literal, goes first.
        for path in sorted(patterns, key=_parameter_places, reverse=True):
            pattern = _Pattern(path, _compiled(path), patterns[path])
            self._patterns.setdefault(path.count("/"), []).append(pattern)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Find the endpoint and call it."""
        path = exchange_of(scope).path
        methods, parameters = self._found(_normal(path))
        method = scope["method"]
        endpoint = methods.get("GET" if method == "HEAD" else method)
        if endpoint is None:
            allowed = sorted({*methods, *(("HEAD",) if "GET" in methods else ()), "OPTIONS"})
            if method == "OPTIONS":
                await Response(None, 204, {"Allow": ", ".join(allowed)})(scope, receive, send)
                return
            raise MethodNotAllowedError(
                f"{path[:200]} does not take {method[:20]}: use {' or '.join(allowed)}",
                extra={"allow": allowed},
            )
        scope["path_params"] = parameters
        await endpoint(scope, receive, send)

    def _found(self, path: str) -> tuple[dict[str, Endpoint], dict[str, str]]:
        literal = self._literal.get(path)
        if literal is not None:
            return literal, {}
        for pattern in self._patterns.get(path.count("/"), ()):
            match = pattern.regex.fullmatch(path)
            if match is not None:
                return pattern.methods, _parameters(match)
        raise NotFoundError(
            f"No route has the path {path[:200]}: /docs and /openapi.json list all of them"
        )


def _normal(path: str) -> str:
    """Without `/v1` and a slash at the end, and with each segment encoded in one way."""
    if len(path) > _LONGEST_PATH:
        raise NotFoundError(f"No route has a path of {len(path)} characters")
    if "%" in path:
        path = "/".join(quote(unquote(segment), safe=_SAFE) for segment in path.split("/"))
    if path.startswith("/v1/"):
        path = path[3:]
    return path[:-1] if len(path) > 1 and path.endswith("/") else path


def _parameters(match: re.Match[str]) -> dict[str, str]:
    parameters = {name: unquote(value) for name, value in match.groupdict().items()}
    for name, value in parameters.items():
        if any(character < " " for character in value):
            raise NotFoundError(f"Nothing has an id with control characters ({name})")
    return parameters


def _compiled(path: str) -> re.Pattern[str]:
    pieces = _PARAMETER.split(path)
    regex = "".join(
        f"(?P<{piece}>[^/]+)" if index % 2 else re.escape(piece)
        for index, piece in enumerate(pieces)
    )
    return re.compile(regex)


def _parameter_places(path: str) -> tuple[int, ...]:
    """Per segment 1 for a literal, 0 for a parameter: the larger tuple is the closer fit."""
    return tuple(0 if "{" in segment else 1 for segment in path.split("/"))
