"""A version's settings as JSON in its row, and back. Bodies are blobs, named by digest."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from core.reach import Reach
from templates_store.layouts import Layout
from templates_store.partials import Partial
from templates_store.template import TemplateState
from templates_store.variables import VariableDefinition

__all__ = ["digest_of", "partial_digests", "settings_of", "source_digests", "state_of"]

_PLAIN = ("width", "height", "output_format", "pdf_preset", "js_enabled", "strict", "syntax")


def settings_of(
    state: TemplateState,
    layout_digests: Mapping[str, str],
    partial_digests: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """What a version's row keeps beside the body.

    `layout_digests`: key -> blob of its own body; `partial_digests`: name -> blob.
    """
    layouts = {
        key: {
            "width": layout.width,
            "height": layout.height,
            "name": layout.name,
            "source": layout_digests.get(key),
            "javascript": layout.javascript,
        }
        for key, layout in state.layouts.items()
    }
    plain = {name: getattr(state, name) for name in _PLAIN}
    definitions = [asdict(definition) for definition in state.definitions]
    partials = {
        name: {"uid": one.uid, "version": one.version, "source": (partial_digests or {})[name]}
        for name, one in state.partials.items()
    }
    # Only what says something stands there, so that digests of older versions hold.
    reach = state.reach.to_json()
    return {
        **plain,
        **({"reach": reach} if reach else {}),
        **({"partials": partials} if partials else {}),
        **({"assets": list(state.assets)} if state.assets else {}),
        **({"engine": state.engine} if state.engine != "html" else {}),
        "javascript": state.javascript,
        "definitions": definitions,
        "layouts": layouts,
    }


def source_digests(settings: Mapping[str, Any]) -> dict[str, str]:
    """Layout key -> blob, for the layouts that have a body of their own."""
    return {
        key: layout["source"] for key, layout in settings["layouts"].items() if layout["source"]
    }


def partial_digests(settings: Mapping[str, Any]) -> dict[str, str]:
    """Name -> blob, for what the version's sources include."""
    return {name: one["source"] for name, one in settings.get("partials", {}).items()}


def state_of(
    settings: Mapping[str, Any],
    html: str | None,
    bodies: Mapping[str, str],
    included: Mapping[str, str] | None = None,
) -> TemplateState:
    """The state again. `bodies`: layout key -> its own source, `included`: partial's name -> its
    source; both as far as they were read.
    """
    layouts = {
        key: Layout(
            layout["width"],
            layout["height"],
            layout["name"],
            bodies.get(key),
            layout["javascript"],
        )
        for key, layout in settings["layouts"].items()
    }
    return TemplateState(
        html=html,
        javascript=settings["javascript"],
        definitions=tuple(VariableDefinition(**row) for row in settings["definitions"]),
        layouts=layouts,
        engine=settings.get("engine", "html"),
        reach=Reach.of_json(settings.get("reach")),
        partials={
            name: Partial(one["uid"], one["version"], (included or {}).get(name, ""))
            for name, one in settings.get("partials", {}).items()
        },
        assets=tuple(settings.get("assets", ())),
        **{name: settings[name] for name in _PLAIN},
    )


def digest_of(source_digest: str, settings: Mapping[str, Any]) -> str:
    """SHA-256 over all that a version fixes; equal states have equal digests."""
    canonical = json.dumps([source_digest, settings], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
