"""Signed render URLs on the wire."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from api.capture_models import Version
from api.models import Answer, Body, Omitted, Whole
from api.template_render_models import LayoutName
from jobs.formats import FORMATS

__all__ = ["SignedUrlAnswer", "SignedUrlBody", "SignedVersion", "SigningKeyAnswer"]

_YEAR = 31_536_000


def _known(value: str) -> str:
    if value not in FORMATS:
        raise ValueError(f"must be one of {', '.join(FORMATS)}")
    return value


class SignedUrlBody(Body):
    """What the URL shall show; without `expiresIn` it is good for ever."""

    variables: dict[str, Any] = Field(default_factory=dict)
    format: Annotated[str, AfterValidator(_known)] = "png"
    layout: LayoutName | None = None
    version: Version | None = None
    expires_in: Whole | None = Field(default=None, ge=1, le=_YEAR, description="Seconds.")
    one_time: bool = Field(
        default=False, description="Opens once, within `expiresIn` seconds (600): for previews."
    )


class SignedVersion(Body):
    """The version that an address names, if it names one."""

    version: Version | None = None


class SignedUrlAnswer(Answer):
    """An address that shows the render to anybody who has it."""

    url: str
    expires_at: str | None = Omitted


class SigningKeyAnswer(Answer):
    """The workspace's key, for sites that sign by themselves."""

    key: str
    algorithm: str = "HMAC-SHA256"
