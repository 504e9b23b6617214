"""From what somebody sends to an asset's name, tags and bytes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from pydantic import BaseModel

from api.asset_models import NAME, CreateAsset, UpdateAsset
from api.call import Call
from api.validation import validated
from core.errors import FieldError, ValidationError
from egress.target import Target

__all__ = ["SentFile", "sent_asset"]

_FIELDS = ("name", "tags", "url")
"""Members that a form may send as fields of their own, beside the file."""
_UNUSUAL = re.compile(r"[^\w .()@+-]+")
_LONGEST = 128


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file, in the body or behind a URL; its own name is there for want of a better one."""

    name: str
    data: bytes | None = None
    url: str | None = None


def sent_asset(call: Call[Any, Any]) -> tuple[BaseModel, SentFile | None]:
    """The body with what a form's fields say, and the file if there is one.

    Raises ValidationError for several files, and for a file beside a URL; BlockedAddressError for
    what is no URL.
    """
    fields = {name: data for name, data in call.files.items() if name in _FIELDS}
    files = {name: data for name, data in call.files.items() if name not in fields}
    body = _with_fields(call.body, fields) if fields else call.body
    if len(files) + (body.url is not None) > 1:
        message = "Send one file: in the body or behind url, and one with each request"
        raise ValidationError(
            message, fields=[FieldError(name, message, "exactly_one") for name in ("file", "url")]
        )
    if body.url is not None:
        return body, SentFile(_named(unquote(_path(body.url))), url=body.url)
    for name, data in files.items():
        return body, SentFile(_named(name), data)
    return body, None


def _path(url: str) -> str:
    return Target.of_url(url).path.partition("?")[0]


def _with_fields(body: CreateAsset | UpdateAsset, fields: Mapping[str, bytes]) -> Any:
    told: dict[str, Any] = {
        name: data.decode("utf-8", "replace").strip() for name, data in fields.items()
    }
    if "tags" in told:
        told["tags"] = [tag.strip() for tag in told["tags"].split(",") if tag.strip()]
    sent = body.model_dump(by_alias=True, exclude_unset=True)
    return validated(type(body), {**sent, **told})


def _named(path: str) -> str:
    """A name that templates can write, from a file's own; empty when nothing is left of it."""
    last = path.replace("\\", "/").rstrip("/").rpartition("/")[2]
    name = _UNUSUAL.sub("-", last).lstrip(" .()@+-")[:_LONGEST].strip()
    return name if re.match(NAME, name) else ""
