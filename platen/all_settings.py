"""The settings of every part, read before any part is loaded."""

from collections.abc import Mapping
from typing import Any

from api.settings import ApiSettings
from core.settings import CoreSettings
from egress.settings import EgressSettings
from jobs.batch.settings import BatchSettings
from jobs.bindings.settings import BindingSettings
from jobs.render.settings import RenderSettings
from jobs.webhooks.settings import WebhookSettings
from platen.settings import ServerSettings, Settings
from renderer.jail_settings import JailSettings
from renderer.settings import RendererSettings
from studio.settings import StudioSettings
from templates_store.settings import AssetSettings, TemplateSettings

__all__ = ["SETTINGS_CLASSES", "read_all"]

SETTINGS_CLASSES = (
    ServerSettings,
    CoreSettings,
    ApiSettings,
    EgressSettings,
    RendererSettings,
    JailSettings,
    TemplateSettings,
    AssetSettings,
    RenderSettings,
    BatchSettings,
    WebhookSettings,
    StudioSettings,
    BindingSettings,
)


def read_all(flags: Mapping[str, Any]) -> Settings:
    """Every part's settings, from the environment and the flags. Raises SettingsError."""
    return Settings(SETTINGS_CLASSES, flags)
