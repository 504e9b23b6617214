import os

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["BatchSettings"]


class BatchSettings(BaseSettings):
    """How batches are worked on. Every name is read as `PLATEN_` + the field's name."""

    model_config = SettingsConfigDict(env_prefix="PLATEN_", extra="ignore", frozen=True)

    batch_slots: int = Field(
        default_factory=lambda: max(2, os.cpu_count() or 2),
        ge=1,
        le=256,
        description="Items of batches that this worker renders at once; else one for each core.",
    )
    batch_lease: float = Field(
        default=15.0,
        ge=1,
        le=600,
        description="Seconds after which an item whose worker went silent is given to another; "
        "a quarter less at the earliest.",
    )
    batch_heartbeat: float = Field(
        default=1.0,
        gt=0,
        le=60,
        description="Seconds between two signs of life; also how soon a cancel is noticed.",
    )
    batch_item_timeout: float = Field(
        default=60.0, gt=0, le=300, description="Seconds that one item may take."
    )
    batch_attempts: int = Field(
        default=3, ge=1, le=20, description="Tries of an item that we ourselves made fail."
    )
    batch_max_inline_rows: int = Field(
        default=10_000, ge=1, description="Rows of `variableSets` in one request."
    )
    batch_max_rows: int = Field(
        default=100_000, ge=1, description="Rows of a CSV file, and items of one batch."
    )
    batch_max_csv_bytes: int = Field(
        default=32_000_000,
        ge=1000,
        description="Bytes of a table, and of an XLSX file's cells when they are written as CSV.",
    )
