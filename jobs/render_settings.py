"""What one render may cost. A bad value is refused at start."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["RenderSettings"]


class RenderSettings(BaseSettings):
    """The limits of a single render; each stands in the text of the error that it causes."""

    model_config = SettingsConfigDict(env_prefix="PLATEN_", extra="ignore", frozen=True)

    default_timeout: float = Field(
        default=25.0, gt=0, le=300, description="Seconds from acceptance, when a request says none."
    )
    max_timeout: float = Field(
        default=120.0, gt=0, le=600, description="Seconds that a single render may ask for."
    )
    max_batch_timeout: float = Field(
        default=300.0, gt=0, le=3600, description="Seconds that an item of a batch may take."
    )
    max_picture_side: int = Field(
        default=4096, ge=16, le=16384, description="Width or height of a picture in CSS pixels."
    )
    max_picture_megapixels: float = Field(
        default=64.0, gt=0, description="Output pixels of a picture in millions, scale included."
    )
    max_animation_side: int = Field(
        default=2000, ge=16, le=4096, description="Width or height of an animation in pixels."
    )
    max_animation_frames: int = Field(
        default=300, ge=2, description="Frames of an animation whose duration is given."
    )
    max_frame_megapixels: float = Field(
        default=2.0, gt=0, description="Pixels of one frame of an animation in millions."
    )
    max_document_pages: int = Field(
        default=2000, ge=1, description="Pages of a document made in one request."
    )
    max_document_sections: int = Field(
        default=100, ge=1, description="Variable sets of a document made in one request."
    )
    max_variables_bytes: int = Field(
        default=5_000_000, ge=1000, description="JSON bytes of the variables of one render."
    )
    max_inline_html_bytes: int = Field(
        default=20_000_000, ge=1000, description="UTF-8 bytes of inline `html`."
    )
    max_layouts: int = Field(default=20, ge=1, le=100, description="Layouts in one request.")
    timeout_memory: float = Field(
        default=60.0,
        ge=0,
        description="Seconds during which a render that timed out is answered at once.",
    )
