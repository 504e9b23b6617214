from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["AssetSettings", "TemplateSettings"]


class TemplateSettings(BaseSettings):
    """Limits of stored templates. Every name is read as `PLATEN_` + the field's name."""

    model_config = SettingsConfigDict(env_prefix="PLATEN_", extra="ignore", frozen=True)

    template_max_bytes: int = Field(
        default=500_000, gt=0, description="The largest stored body, in bytes of UTF-8."
    )
    template_max_layouts: int = Field(default=20, gt=0, description="Layouts of one template.")
    template_cache_seconds: float = Field(
        default=1.0,
        ge=0,
        description="How long another process's publishing may stay unseen, in seconds.",
    )
    template_cache_bytes: int = Field(
        default=64_000_000, ge=0, description="Memory for the sources of immutable versions."
    )


class AssetSettings(BaseSettings):
    """Limits of uploaded assets. Every name is read as `PLATEN_` + the field's name."""

    model_config = SettingsConfigDict(env_prefix="PLATEN_", extra="ignore", frozen=True)

    asset_max_bytes: int = Field(
        default=20_000_000, gt=0, description="The largest asset, in bytes."
    )
    asset_max_count: int = Field(default=1000, gt=0, description="Assets of one workspace.")
    asset_workspace_bytes: int = Field(
        default=1_000_000_000, gt=0, description="Bytes of all assets of one workspace."
    )
    asset_memory_bytes: int = Field(
        default=64_000_000, ge=0, description="Memory for the assets that renders used last."
    )
