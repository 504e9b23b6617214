"""What is fixed about workspaces and their keys; the command line says it without a database."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, get_args

__all__ = ["DEFAULT_WORKSPACE", "ISOLATIONS", "SCOPES", "Isolation"]

SCOPES: Mapping[str, str] = MappingProxyType(
    {
        "render": "make pictures, animations and documents, and list those made",
        "templates": "read, create, change and delete templates, bindings, and their assets",
        "batches": "start, watch and cancel batches",
        "webhooks": "subscribe to events and read their deliveries",
        "files": "look up and delete artifacts",
        "admin": "see and change what belongs to the workspace itself",
    }
)
"""What a key may be allowed to do; a key made without saying has all of them."""

DEFAULT_WORKSPACE = "ws_default"
"""The workspace of the first start."""

Isolation = Literal["shared", "strict"]
"""`shared`: pages of its own in browsers that serve others, too. `strict`: browsers of its own."""

ISOLATIONS: tuple[Isolation, ...] = get_args(Isolation)
