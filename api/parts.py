from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from api.settings import ApiSettings

if TYPE_CHECKING:
    from core.artifacts import Artifacts
    from core.database import Database
    from core.workspaces import Workspaces
    from jobs.batch.batches import Batches
    from jobs.bindings.bindings import Bindings
    from jobs.render.renders import Renders
    from jobs.webhooks.subscriptions import Subscriptions
    from renderer.engine import Renderer
    from templates_store.assets.assets import Assets
    from templates_store.templates import Templates

__all__ = ["Parts", "Probe"]

Probe = Callable[[], Awaitable[None]]
"""Asks one part whether it works; raises what is wrong with it."""


@dataclass(slots=True, kw_only=True)
class Parts:
    """What the routes call. The roof builds it; no route ever makes a part of its own.

    `probes` are what `/ready` asks, by name: `database`, `queue`, `store`, `render`.
    `redis_url` is for the rate limiter alone; None counts in this process.
    """

    settings: ApiSettings
    database: Database
    workspaces: Workspaces
    artifacts: Artifacts
    templates: Templates
    assets: Assets
    renderer: Renderer
    renders: Renders
    batches: Batches
    subscriptions: Subscriptions
    bindings: Bindings
    probes: Mapping[str, Probe] = field(default_factory=dict[str, Probe])
    redis_url: str | None = None
