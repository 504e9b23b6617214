"""What must hold of a binding before it is stored."""

from core.errors import FieldError, PlatenError, ValidationError
from core.reach import Reach
from egress.client import EgressClient
from egress.target import Target
from templates_store.bindings.binding import NewBinding
from templates_store.bindings.paths import PathError, parse_path
from templates_store.templates import Templates

__all__ = ["check_new", "host_of", "origin_of"]


async def check_new(
    new: NewBinding, workspace_id: str, reach: Reach, templates: Templates, client: EgressClient
) -> None:
    """Raises NotFoundError for the template, ValidationError for fields, and what `check` raises.

    That is BlockedAddressError or FetchFailedError, which name `dataSource.url`.
    """
    _check_mapping(new)
    _check_policy(new)
    resolved = await templates.resolve(
        workspace_id, new.template_uid, version=new.version, layout=new.output.layout
    )
    if resolved.layout_fallback:
        there = ", ".join(resolved.layouts) or "default"
        raise ValidationError.of(
            "outputConfig.layout",
            f"outputConfig.layout: the template has no such layout: it has {there}",
            "unknown_layout",
        )
    if new.source.type == "http":
        try:
            await client.check(new.source.url, reach)
        except PlatenError as error:
            raise error.at("dataSource.url") from None


def host_of(new: NewBinding) -> str | None:
    """Whose requests it shares; None where nobody is asked."""
    return Target.of_url(new.source.url).host if new.source.type == "http" else None


def origin_of(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port; None without a URL."""
    if not url:
        return None
    target = Target.of_url(url)
    return target.scheme, target.host, target.port


def _check_mapping(new: NewBinding) -> None:
    wrong: list[FieldError] = []
    for name, path in new.mapping.items():
        try:
            parse_path(path)
        except PathError as error:
            field = f"mapping.{name[:100]}"
            wrong.append(FieldError(field, f"{field} {error}", "invalid_path"))
    if wrong:
        raise ValidationError(wrong[0].message, fields=wrong[:50])


def _check_policy(new: NewBinding) -> None:
    """Only what can be asked can be polled."""
    if new.source.type != "http" and new.refresh.type == "etag":
        raise ValidationError.of(
            "refreshPolicy.type",
            f"refreshPolicy.type etag is for a source of type http, and not for {new.source.type}",
            "not_allowed",
        )
