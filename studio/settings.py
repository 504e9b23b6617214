from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["StudioSettings"]


class StudioSettings(BaseSettings):
    """How long a browser stays signed in."""

    model_config = SettingsConfigDict(env_prefix="PLATEN_", extra="ignore", frozen=True)

    session_hours: float = Field(
        default=12.0, gt=0, le=720, description="Hours after which the studio asks for a key again."
    )
