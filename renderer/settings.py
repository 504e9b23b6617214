"""The settings of rendering. Each is read from `PLATEN_` + the field's name in capitals."""

import os
from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["RendererSettings"]

_OWN_FONTS = Path(__file__).resolve().parent.parent / "fonts" / "fonts.conf"


def _cores() -> int:
    return max(2, len(os.sched_getaffinity(0)))


class RendererSettings(BaseSettings):
    """Browsers, the programs that are used, and the limits of one render."""

    model_config = SettingsConfigDict(env_prefix="PLATEN_", extra="ignore", frozen=True)

    chromium: Path | None = Field(
        default=None, description="Chromium's headless shell; empty: the usual places."
    )
    ffmpeg: Path | None = Field(
        default=None, description="ffmpeg; empty: the one on PATH, then imageio-ffmpeg's."
    )
    browsers: int = Field(
        default_factory=_cores, ge=1, le=64, description="Browser processes (cores, at least 2)."
    )
    slots_per_browser: int = Field(
        default=2,
        ge=1,
        le=16,
        description="Renders under way in one browser: one loads, one draws.",
    )
    pages_per_browser: int = Field(
        default=8, ge=1, le=32, description="Warm pages that a browser keeps, by workspace."
    )
    prepared_pages: int = Field(
        default=1,
        ge=0,
        le=16,
        description="Unused pages for sources with scripts that a browser has open in advance.",
    )
    script_browsers: int = Field(
        default_factory=lambda: max(1, _cores() // 2),
        ge=1,
        le=64,
        description="Browsers beside those for documents with scripts, and as many for pages of "
        "the web (half the cores, at least 1).",
    )
    script_idle: float = Field(
        default=300.0, gt=0, description="Seconds after which these end when nobody needs them."
    )
    strict_browsers: int = Field(
        default=2,
        ge=1,
        le=64,
        description="Browsers beside those, one for each workspace of strict isolation at work.",
    )
    strict_idle: float = Field(
        default=60.0, gt=0, description="Seconds after which such a browser without work ends."
    )
    render_queue: int = Field(
        default=256,
        ge=0,
        le=100_000,
        description="Work that may wait, counted in small pictures; more is refused (503).",
    )
    allow_no_sandbox: bool = Field(
        default=False, description="The last resort: Chromium without its sandbox."
    )
    browser_uid: int = Field(
        default=64_517, ge=1, le=2**31, description="The uid of browsers when the service is root."
    )
    data_dir: Path = Field(
        default=Path("data"), description="The folder in which browsers have their profiles."
    )
    fontconfig: Path = Field(
        default=_OWN_FONTS, description="The fontconfig file that the engines read."
    )
    picture_pixels: int = Field(
        default=64_000_000, ge=1, description="Pixels of one picture, scale factor included."
    )
    animation_frames: int = Field(default=300, ge=2, description="Frames of one animation.")
    animation_pixels: int = Field(default=2_000_000, ge=1, description="Pixels of one frame.")
    recycle_after: int = Field(
        default=5_000, ge=10, description="Renders after which a fresh browser takes over."
    )
    recycle_age: float = Field(
        default=21_600.0, gt=0, description="Seconds after which a fresh browser takes over."
    )
    recycle_memory_mb: int = Field(
        default=300,
        ge=100,
        description="Memory of one browser's own, in MB, above which a fresh one takes over.",
    )
    browser_check: float = Field(
        default=5.0, gt=0, le=60, description="Seconds between two looks at each browser."
    )
    browser_patience: float = Field(
        default=10.0,
        gt=0,
        description="Seconds in which a browser has to answer; one that does not is replaced.",
    )

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().absolute()
