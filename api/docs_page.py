"""The documentation's pages: plain HTML of our own, without a script and without a stranger."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from markupsafe import Markup, escape
from starlette.responses import Response

from api.openapi import errors_of, openapi_document
from api.plans import plan_table
from api.routing import Call, Route
from api.settings import ApiSettings
from core.errors import error_types
from core.tenant import SCOPES

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["docs_routes"]

_PAGES = Path(__file__).parent / "pages"
_DEPTH = 4
_POLICY = (
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "public, max-age=60",
}


def docs_routes(contract: Sequence[Route], settings: ApiSettings, version: str) -> list[Route]:
    """`/openapi.json`, `/docs`, `/docs/errors` and their style sheet; no key is asked for."""
    pages = _Pages(contract, settings, version)
    return [
        _route("/openapi.json", pages.document, "application/json"),
        _route("/docs", pages.reference, "text/html; charset=utf-8"),
        _route("/docs/errors", pages.errors, "text/html; charset=utf-8"),
        _route("/docs/style.css", _style, "text/css; charset=utf-8"),
    ]


def _route(path: str, render: Callable[[Call[Any, Any]], bytes], media_type: str) -> Route:
    async def handler(call: Call[Any, Any]) -> Response:
        return Response(render(call), headers=_HEADERS, media_type=media_type)

    return Route(
        method="GET",
        path=path,
        handler=handler,
        summary="The documentation",
        tag="service",
        scope=None,
        media_types=(media_type,),
        in_document=False,
    )


def _style(call: Call[Any, Any]) -> bytes:
    return (_PAGES / "style.css").read_bytes()


class _Pages:
    """What is the same for every visitor is made once, at the first visit."""

    def __init__(self, contract: Sequence[Route], settings: ApiSettings, version: str) -> None:
        self._contract = [route for route in contract if route.in_document]
        self._base_url = settings.base_url
        self._plans = list(plan_table(settings).values())
        self._version = version
        self._made: dict[str, bytes] = {}

    @cached_property
    def _jinja(self) -> "Environment":
        # Many services never show their documentation, and all of them start.
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

        jinja = Environment(
            loader=FileSystemLoader(_PAGES),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        jinja.filters["marked"] = _marked
        return jinja

    @cached_property
    def _openapi(self) -> dict[str, Any]:
        return openapi_document(self._contract, base_url=self._base_url, version=self._version)

    def document(self, call: Call[Any, Any]) -> bytes:
        """The OpenAPI document."""
        return self._once("document", lambda: orjson.dumps(self._openapi))

    def reference(self, call: Call[Any, Any]) -> bytes:
        """Every route, for people."""
        return self._once("docs.html", self._reference)

    def errors(self, call: Call[Any, Any]) -> bytes:
        """Every error, with what it means and how to mend it."""
        return self._once("errors.html", self._errors)

    def _once(self, name: str, make: Callable[[], bytes]) -> bytes:
        if name not in self._made:
            self._made[name] = make()
        return self._made[name]

    def _reference(self) -> bytes:
        definitions = self._openapi["components"]["schemas"]
        groups: dict[str, list[dict[str, Any]]] = {}
        for route in self._contract:
            groups.setdefault(route.tag, []).append(self._operation(route, definitions))
        return self._page(
            "docs.html",
            groups=groups,
            scopes=SCOPES,
            plans=self._plans,
            headers=self._openapi["components"]["headers"],
        )

    def _errors(self) -> bytes:
        errors = [
            {
                "slug": error.slug(),
                "code": error.code,
                "status": error.status,
                "title": error.title,
                "text": " ".join((error.__doc__ or "").split()),
            }
            for error in error_types()
        ]
        return self._page("errors.html", errors=errors)

    def _page(self, name: str, **values: Any) -> bytes:
        template = self._jinja.get_template(name)
        return template.render(base_url=self._base_url, version=self._version, **values).encode()

    def _operation(self, route: Route, definitions: Mapping[str, Any]) -> dict[str, Any]:
        operation = self._openapi["paths"][route.path][route.method.lower()]
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        answer = operation["responses"][str(route.status)]["content"]
        return {
            "id": operation["operationId"],
            "route": route,
            "parameters": operation["parameters"],
            "members": _members(body.get("schema"), definitions),
            "answer": _members(answer.get("application/json", {}).get("schema"), definitions),
            "example": _example(route, self._base_url),
            "errors": errors_of(route),
        }


def _marked(text: str) -> Markup:
    """Backticks of our own texts as code; everything else escaped."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped just before


def _example(route: Route, base_url: str) -> str:
    """The call as a shell command that works as typed, once KEY is a key."""
    parts = [f"curl {base_url}{route.path}"]
    if route.method != "GET" and not (route.method == "POST" and route.example):
        parts.append(f"-X {route.method}")
    if route.scope:
        parts.append('-H "Authorization: Bearer $KEY"')
    if route.example is not None:
        text = orjson.dumps(route.example, option=orjson.OPT_INDENT_2).decode()
        parts += ["-H 'Content-Type: application/json'", "-d '" + text.replace("'", "'\\''") + "'"]
    return " \\\n  ".join(parts)


def _members(
    schema: Mapping[str, Any] | None, definitions: Mapping[str, Any], depth: int = 0
) -> list[dict[str, Any]]:
    """A schema's members, flat, each with its depth; members of members follow theirs."""
    found: list[dict[str, Any]] = []
    target = _object_of(schema or {}, definitions)
    if depth >= _DEPTH or target is None:
        return found
    required = target.get("required", ())
    for name, member in target.get("properties", {}).items():
        found.append(
            {
                "name": name,
                "depth": depth,
                "required": name in required,
                "type": _type(member, definitions),
                "text": member.get("description", ""),
                "default": _default(member),
            }
        )
        found += _members(member, definitions, depth + 1)
    return found


def _object_of(
    schema: Mapping[str, Any], definitions: Mapping[str, Any]
) -> Mapping[str, Any] | None:
    """The schema of an object within references, lists, maps and choices; None without one."""
    if "$ref" in schema:
        return _object_of(definitions[schema["$ref"].rsplit("/", 1)[-1]], definitions)
    if "properties" in schema:
        return schema
    inner = [
        schema.get("items"),
        schema.get("additionalProperties"),
        *schema.get("patternProperties", {}).values(),
        *schema.get("anyOf", ()),
    ]
    for item in inner:
        found = _object_of(item, definitions) if isinstance(item, Mapping) else None
        if found is not None:
            return found
    return None


def _type(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return _type(definitions[schema["$ref"].rsplit("/", 1)[-1]], definitions)
    if "enum" in schema:
        return " | ".join(str(value) for value in schema["enum"])
    if "const" in schema:
        return str(schema["const"])
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_type(item, definitions) for item in schema["anyOf"]))
    kind = schema.get("type", "any")
    if kind == "array":
        return f"list of {_type(schema.get('items', {}), definitions)}"
    return f"{kind}{_bounds(schema)}"


def _bounds(schema: Mapping[str, Any]) -> str:
    low = schema.get("minimum", schema.get("minLength"))
    high = schema.get("maximum", schema.get("maxLength"))
    if low is None and high is None:
        return ""
    return f" ({'' if low is None else low}…{'' if high is None else high})"


def _default(schema: Mapping[str, Any]) -> str:
    value = schema.get("default")
    if value is None or value in ("", [], {}):
        return ""
    return orjson.dumps(value).decode()
