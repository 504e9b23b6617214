from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["ApiSettings"]


class ApiSettings(BaseSettings):
    """What the HTTP entrance may be told. Every name is read as `PLATEN_` + the field's name."""

    model_config = SettingsConfigDict(env_prefix="PLATEN_", extra="ignore", frozen=True)

    public_url: str = Field(
        default="http://127.0.0.1:8080",
        pattern=r"^https?://[^\s?#]+$",
        description="The address under which clients reach the service; never taken from `Host`.",
    )
    plan: Literal["free", "pro", "business", "enterprise", "unlimited"] = Field(
        default="unlimited",
        description="The plan of workspaces that have none of their own.",
    )
    max_body_bytes: int = Field(
        default=32_000_000, gt=0, description="The largest request body, in bytes."
    )
    max_json_depth: int = Field(
        default=64,
        gt=0,
        le=500,
        description="How deep a JSON body may be nested; a variable's value at most 64 levels.",
    )
    body_timeout: float = Field(
        default=30.0, gt=0, description="Seconds that a client has to send its request body."
    )
    render_url_max_age: int = Field(
        default=3600, ge=0, description="Seconds that caches may keep what a signed URL shows."
    )
    enterprise_per_minute: int = Field(
        default=3000, gt=0, description="Requests a minute of the plan `enterprise`."
    )
    enterprise_per_day: int = Field(
        default=1_000_000, gt=0, description="Requests a day of the plan `enterprise`."
    )

    @property
    def base_url(self) -> str:
        """`public_url` without a slash at its end."""
        return self.public_url.rstrip("/")
