import os

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["MOST_BYTES", "BindingSettings"]

MOST_BYTES = 8_000_000
"""More is read of nobody who has no key, whatever the settings say."""


class BindingSettings(BaseSettings):
    """How bindings are refreshed. Every name is read as `PLATEN_` + the field's name."""

    model_config = SettingsConfigDict(env_prefix="PLATEN_", extra="ignore", frozen=True)

    binding_max_count: int = Field(default=1000, ge=1, description="Bindings of one workspace.")
    binding_parallel: int = Field(
        default=64, ge=1, le=1000, description="Bindings that one worker refreshes at once."
    )
    binding_parallel_per_host: int = Field(
        default=4, ge=1, le=100, description="Of these, such that ask the same host."
    )
    binding_renders: int = Field(
        default_factory=lambda: max(2, os.cpu_count() or 2),
        ge=1,
        le=256,
        description="Of these, such that render; else one for each core.",
    )
    binding_timeout: float = Field(
        default=10.0, gt=0, le=60, description="Seconds that a source has, redirects included."
    )
    binding_max_bytes: int = Field(
        default=2_000_000,
        ge=1000,
        le=MOST_BYTES,
        description="Bytes of a source's data, or posted to a webhook.",
    )
    binding_posts_per_minute: int = Field(
        default=60, ge=1, description="Posts that the webhook of one binding takes in a minute."
    )
