from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from core.clock import SECOND

__all__ = ["WebhookSettings"]

SCHEDULE = (0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)


class WebhookSettings(BaseSettings):
    """How deliveries are tried. Every name is read as `PLATEN_` + the field's name."""

    model_config = SettingsConfigDict(env_prefix="PLATEN_", extra="ignore", frozen=True)

    webhook_schedule: Annotated[tuple[float, ...], NoDecode] = Field(
        default=SCHEDULE,
        min_length=1,
        description="Seconds before each try, counted from the try before; a comma list.",
    )
    webhook_timeout: float = Field(
        default=15.0, gt=0, le=60, description="Seconds for one try, from the name to the answer."
    )
    webhook_parallel: int = Field(
        default=16, ge=1, le=256, description="Deliveries under way at once in one worker."
    )
    webhook_parallel_per_target: int = Field(
        default=2, ge=1, le=64, description="Of these, for one endpoint (workspace and address)."
    )
    webhook_breaker: int = Field(
        default=5, ge=1, description="Failures in a row after which an endpoint rests."
    )
    webhook_rest: float = Field(
        default=30.0,
        gt=0,
        description="Seconds of its first rest; each failed probe doubles it, up to 30 times.",
    )
    webhook_disable_days: float = Field(
        default=5.0,
        gt=0,
        description="Days of failure alone after which the subscriptions of an endpoint end.",
    )
    webhook_rotation_hours: float = Field(
        default=24.0, ge=0, description="Hours that a rotated secret still signs beside the new."
    )

    @field_validator("webhook_schedule", mode="before")
    @classmethod
    def _comma_list(cls, value: object) -> object:
        return value.split(",") if isinstance(value, str) else value

    @field_validator("webhook_schedule")
    @classmethod
    def _not_negative(cls, value: tuple[float, ...]) -> tuple[float, ...]:
        if any(seconds < 0 for seconds in value):
            raise ValueError("give seconds, none of them negative, such as 0,5,300")
        return value

    @property
    def lease_us(self) -> int:
        """Longer than any try (µs): a lease that ran out means that its relay is gone."""
        return round((2 * self.webhook_timeout + 5) * SECOND)
