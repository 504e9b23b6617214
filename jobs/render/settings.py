"""What one render may cost. A bad value is refused at start."""

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

__all__ = ["RenderSettings"]


class RenderSettings(BaseSettings):
    """The limits of a single render; each stands in the text of the error that it causes.

    Pixels and frames have the names that the renderer reads too: it judges what only shows while
    it draws, such as the frames of a loop that it finds itself.
    """

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
    picture_pixels: int = Field(
        default=64_000_000, ge=1, description="Pixels of one picture, scale factor included."
    )
    max_animation_side: int = Field(
        default=2000, ge=16, le=4096, description="Width or height of an animation in pixels."
    )
    animation_frames: int = Field(default=300, ge=2, description="Frames of one animation.")
    animation_pixels: int = Field(default=2_000_000, ge=1, description="Pixels of one frame.")
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
    max_sizes: int = Field(default=20, ge=1, le=100, description="Sizes in one request.")
    sizes_pixels: int = Field(
        default=50_000_000, ge=1, description="Pixels of all sizes of one request together."
    )
    timeout_memory: float = Field(
        default=60.0,
        ge=0,
        description="Seconds during which a render that timed out is answered at once.",
    )
