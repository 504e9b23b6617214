"""How the artifacts of a stored template's renders come back."""

from typing import Any

from api.call import Call
from api.delivery import Delivery, ResponseQuery, chosen_delivery
from api.named_format import named_format
from api.template_render_models import LayoutResult, Rendering
from core.errors import ValidationError
from jobs.formats import FORMATS
from jobs.render.command import Kind
from templates_store.resolved import Resolved

__all__ = ["KINDS", "first_on_top", "template_delivery"]

KINDS: tuple[Kind, ...] = ("image", "gif", "pdf")
_DEFAULTS = {"image": FORMATS["png"], "gif": FORMATS["gif"], "pdf": FORMATS["pdf"]}
_TOP = ("url", "base64", "id", "width", "height", "format", "created_at")


def template_delivery(
    call: Call[Any, ResponseQuery], body: Rendering, resolved: Resolved, several: str = ""
) -> Delivery:
    """The way back, in the format that the body names, else the template's own kind.

    `several` names the field that asks for more than one artifact. Raises ValidationError when
    that is so and bytes are asked for, and what `chosen_delivery` does.
    """
    named = named_format(body.file_extension, body.format, KINDS)
    default = _DEFAULTS[resolved.output_format]
    delivery = chosen_delivery(call, named, default, store=body.store, kinds=KINDS)
    if several and delivery.mode == "binary":
        raise ValidationError.of(
            several,
            f"{several} gives several artifacts, which are no single body of bytes: ask for one "
            "alone, or for response=base64",
            "contradiction",
        )
    return delivery


def first_on_top(results: list[Any]) -> dict[str, Any]:
    """The members of the first result that stand on top as well, for clients of one."""
    first: LayoutResult | None = results[0] if results else None
    return {name: getattr(first, name) for name in _TOP if first is not None}
