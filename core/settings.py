"""Where state lives. Every name is read from the environment as `PLATEN_` + the field's name."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["CoreSettings", "SettingsError", "check_store_url", "read_settings", "variable_of"]

PREFIX = "PLATEN_"
DATABASES = ("sqlite://", "postgresql://", "postgres://")
STORES = ("s3://", "gs://", "az://", "file://", "memory://")
_SHORTEST_SECRET = 16
_CREDENTIALS = re.compile(r"//[^@/]*@")
_SettingsT = TypeVar("_SettingsT", bound=BaseSettings)


class SettingsError(Exception):
    """A setting cannot be used; the text names the variable and says how to mend it."""


class CoreSettings(BaseSettings):
    """The database, the artifact store and how long things are kept."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="ignore", frozen=True)

    data_dir: Path = Field(
        default=Path("data"), description="The folder of everything that is kept on this machine."
    )
    database_url: str = Field(
        default="",
        description="`postgresql://user:password@host/name`; empty: SQLite in the data folder.",
    )
    storage_url: str = Field(
        default="",
        description="`s3://bucket`, `gs://bucket`, `az://account/container` or `file:///path`; "
        "empty: the data folder. Credentials come from the usual variables (`AWS_...`).",
    )
    retention_days: int = Field(
        default=30, ge=0, description="Days that an artifact is kept; 0: until it is deleted."
    )

    secret_key: SecretStr | None = Field(
        default=None,
        description="What credentials are encrypted with: any text of 16 characters or more, the "
        "same in every process; empty: `secret.key` in the data folder, made when it is needed.",
    )

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < _SHORTEST_SECRET:
            raise ValueError(f"it must have at least {_SHORTEST_SECRET} characters")
        return value

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value and _scheme(value) not in DATABASES:
            raise ValueError(f"it must begin with one of {', '.join(DATABASES)}")
        return value

    @field_validator("storage_url")
    @classmethod
    def _known_store(cls, value: str) -> str:
        if value:
            check_store_url(value)
        return value

    @property
    def database(self) -> str:
        """The database's URL, the embedded one spelled out."""
        return self.database_url or f"sqlite:///{self.data_dir / 'platen.db'}"

    @property
    def secret(self) -> str | None:
        """`secret_key` as it is."""
        return self.secret_key.get_secret_value() if self.secret_key else None

    @property
    def key_dir(self) -> Path | None:
        """Where the key of credentials may be made; None when others share the database."""
        return None if self.database_url else self.data_dir

    @property
    def artifacts_dir(self) -> Path:
        """Where artifacts are kept when there is no `storage_url`."""
        return self.data_dir / "artifacts"


def check_store_url(url: str) -> None:
    """Raise ValueError unless `url` is of a kind of store that can be written."""
    if _scheme(url) not in STORES:
        raise ValueError(f"it must begin with one of {', '.join(STORES)}")


def _scheme(url: str) -> str:
    return url.partition("://")[0].partition("+")[0].lower() + "://"


def read_settings(cls: type[_SettingsT], given: Mapping[str, Any]) -> _SettingsT:
    """The settings of one part, from the environment; `given` (the flags) wins where it has a name.

    Raises SettingsError with one sentence for each bad value.
    """
    mine = {name: value for name, value in given.items() if name in cls.model_fields}
    try:
        # An empty variable is what compose files make of one that was not set.
        return cls(_env_ignore_empty=True, **mine)
    except ValidationError as error:
        raise SettingsError("\n".join(_sentence(cls, one) for one in error.errors())) from error


def variable_of(cls: type[BaseSettings], name: str) -> str:
    """The environment variable of one field of one part's settings."""
    return f"{cls.model_config.get('env_prefix', PREFIX)}{name}".upper()


def _sentence(cls: type[BaseSettings], error: Any) -> str:
    name = str(error["loc"][0]) if error["loc"] else ""
    variable = variable_of(cls, name) if name else "The settings"
    reason = str(error["msg"]).removeprefix("Value error, ").removeprefix(f"{variable}: ")
    field = cls.model_fields.get(name)
    about = f" It means: {field.description}" if field is not None and field.description else ""
    shown = (
        "what it is" if _is_secret(field) else repr(_CREDENTIALS.sub("//…@", str(error["input"])))
    )
    return f"{variable} cannot be {shown}: {reason.rstrip('.')}.{about}"


def _is_secret(field: FieldInfo | None) -> bool:
    return field is not None and "SecretStr" in str(field.annotation)
