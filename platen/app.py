"""The whole service, built by hand, in order, in one function: no container, no globals."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from api.settings import ApiSettings
from core.settings import CoreSettings
from egress.settings import EgressSettings
from jobs.batch.settings import BatchSettings
from jobs.render_settings import RenderSettings
from jobs.webhooks.settings import WebhookSettings
from platen.settings import ServerSettings, Settings
from renderer.jail_settings import JailSettings
from renderer.settings import RendererSettings
from templates_store.settings import TemplateSettings

__all__ = ["Role", "Service", "build", "read_all"]

_CLASSES = (
    ServerSettings,
    CoreSettings,
    ApiSettings,
    EgressSettings,
    RendererSettings,
    JailSettings,
    TemplateSettings,
    RenderSettings,
    BatchSettings,
    WebhookSettings,
)
_POLL_SERVE = 0.5
_POLL_WORKER = 0.05
"""Seconds between two looks at Redis; in one process an event wakes the worker before that."""


class Role(StrEnum):
    """Which halves a process holds."""

    SERVE = "serve"
    API = "api"
    WORKER = "worker"


def read_all(flags: Mapping[str, Any]) -> Settings:
    """Every part's settings, from the environment and the flags. Raises SettingsError."""
    return Settings(_CLASSES, flags)
