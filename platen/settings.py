"""What the roof itself is told, and the settings of all parts together."""

import difflib
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from core.settings import PREFIX, SettingsError, read_settings, variable_of

__all__ = ["ServerSettings", "Settings"]

_SettingsT = TypeVar("_SettingsT", bound=BaseSettings)
_QUEUES = ("redis://", "rediss://", "unix://")
_SHORTEST_KEY = 8


class ServerSettings(BaseSettings):
    """Where the service listens, its queue, its first key and how it ends."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    host: str = Field(default="127.0.0.1", description="The address to listen on.")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(
        default=8080, description="The port to listen on; 0: any free one."
    )
    redis_url: str = Field(
        default="",
        description="`redis://host:6379/0`; empty: `serve` runs a server of its own.",
    )
    api_key: SecretStr | None = Field(
        default=None,
        description="A key that is accepted from the first start, 8 characters or more.",
    )
    stop_grace: float = Field(
        default=30.0, ge=0, description="Seconds that running work is given to end at a stop."
    )
    header_timeout: float = Field(
        default=20.0, gt=0, description="Seconds that a client has to send a request's headers."
    )
    log_format: Literal["auto", "json", "text"] = Field(
        default="auto", description="`auto`: JSON lines unless a person is watching."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="What is worth a line in the log."
    )

    @field_validator("api_key")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < _SHORTEST_KEY:
            raise ValueError(f"it must have at least {_SHORTEST_KEY} characters")
        return value

    @field_validator("redis_url")
    @classmethod
    def _known_queue(cls, value: str) -> str:
        if value and not value.startswith(_QUEUES):
            raise ValueError(f"it must begin with one of {', '.join(_QUEUES)}")
        return value


class Settings:
    """The settings of all parts, each in the class of the part that uses them."""

    def __init__(self, classes: Iterable[type[BaseSettings]], flags: Mapping[str, Any]) -> None:
        """Read them all. Raises SettingsError with a sentence for every bad value of any part."""
        self._parts: dict[type[BaseSettings], BaseSettings] = {}
        wrong: list[str] = []
        for cls in classes:
            try:
                self._parts[cls] = read_settings(cls, flags)
            except SettingsError as error:
                wrong.append(str(error))
        if wrong:
            raise SettingsError("\n".join(wrong))

    def of(self, cls: type[_SettingsT]) -> _SettingsT:
        """The settings of one part."""
        found = self._parts[cls]
        assert isinstance(found, cls)
        return found

    def unknown(self, environment: Mapping[str, str] = os.environ) -> Iterator[tuple[str, str]]:
        """Variables that begin like ours and mean nothing, each with the nearest known or ''."""
        known = [variable_of(cls, name) for cls in self._parts for name in cls.model_fields]
        for name in sorted(environment):
            if name.startswith(PREFIX) and name not in known:
                yield name, next(iter(difflib.get_close_matches(name, known, 1)), "")
