"""The settings of egress."""

from typing import Annotated, Any

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from egress.errors import BlockedAddressError
from egress.models import EgressLimits
from egress.target import Target

__all__ = ["EgressSettings"]


class EgressSettings(BaseSettings):
    """What may be reached outside, and how much of it one page may take."""

    model_config = SettingsConfigDict(env_prefix="PLATEN_", extra="ignore", frozen=True)

    egress_allow: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Comma list of host:port that are private and allowed all the same.",
    )
    page_requests: int = Field(default=500, ge=1, description="Requests that one page may make.")
    page_megabytes: int = Field(default=64, ge=1, description="MB that one page may transfer.")
    page_redirects: int = Field(
        default=10, ge=0, le=20, description="Redirects that one request of a page may follow."
    )
    page_seconds: float = Field(
        default=60,
        gt=0,
        description="Seconds in which one page may make requests; never more than four fifths "
        "of what its render has left.",
    )
    asset_seconds: float = Field(
        default=15, gt=0, description="Seconds for one request of a page, from name to last byte."
    )
    asset_cache_megabytes: int = Field(
        default=64, ge=0, description="MB of remote assets kept in memory; 0 keeps none."
    )

    asset_host_requests: int = Field(
        default=24,
        ge=1,
        description="Requests for remote assets that go to one host at once, for one workspace.",
    )

    @field_validator("egress_allow", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if isinstance(value, str):
            return tuple(entry.strip() for entry in value.split(",") if entry.strip())
        return value

    @field_validator("egress_allow")
    @classmethod
    def _check(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for entry in value:
            try:
                Target.of_authority("http", entry)
                complete = entry.rpartition(":")[2].isdigit() and not entry.endswith("]")
            except BlockedAddressError:
                complete = False
            if not complete:
                raise ValueError(
                    f"PLATEN_EGRESS_ALLOW: {entry!r} is no host:port. Write one host and one port, "
                    "such as 10.1.2.3:8080, [fd00::1]:8080 or assets.internal:80."
                )
        return value

    def limits(self) -> EgressLimits:
        """What one render may spend outside, by these settings."""
        return EgressLimits(
            max_requests=self.page_requests,
            max_bytes=self.page_megabytes * 1024 * 1024,
            max_redirects=self.page_redirects,
            connect_timeout=min(10.0, self.asset_seconds),
            resource_timeout=self.asset_seconds,
            total_timeout=self.page_seconds,
        )
