"""The HTTP entrance as one application. All routes stand in one table."""

from collections.abc import Sequence
from importlib import import_module

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import BaseRoute

from api.docs_page import docs_routes
from api.edge import Edge
from api.endpoint import Endpoint
from api.limits import RateLimiter
from api.parts import Parts
from api.routing import Route
from api.table import RouteTable
from core.idempotency import IdempotencyKeys
from core.version import VERSION

__all__ = ["Parts", "all_routes", "create_app"]

_MODULES = (
    "images",
    "animations",
    "documents",
    "renders",
    "template_render",
    "template_sizes",
    "template_lint",
    "templates",
    "template_versions",
    "assets",
    "signed_renders",
    "batches",
    "batch_steering",
    "batch_files",
    "bindings",
    "public_bindings",
    "webhooks",
    "artifacts",
    "health",
)
"""The modules of `api.routes`, in the order of the documentation."""


def all_routes() -> list[Route]:
    """Every route of the contract, without the documentation's own pages."""
    return [route for name in _MODULES for route in import_module(f"api.routes.{name}").ROUTES]


def create_app(
    parts: Parts, pages: Sequence[BaseRoute] = (), routes: Sequence[Route] | None = None
) -> Starlette:
    """Build the application. `pages` (the studio's) are tried before the contract's routes.

    `routes` stands in for the contract's whole table, where a test needs its own.
    """
    settings = parts.settings
    limiter = RateLimiter(settings, parts.redis_url)
    contract = all_routes() if routes is None else list(routes)
    documentation = docs_routes(contract, settings, VERSION)
    keys = IdempotencyKeys(parts.database)
    endpoints = [Endpoint(route, parts, limiter, keys) for route in (*contract, *documentation)]
    edge = Middleware(Edge, limiter=limiter, base_url=settings.base_url)
    app = Starlette(routes=list(pages), middleware=[edge])
    # Not a `Mount`: its pattern does not match every path that a client may send.
    app.router.default = RouteTable(endpoints)
    app.router.redirect_slashes = False
    app.state.limiter = limiter
    return app
