"""Data for a template in the query of a GET."""

from typing import Any

from api.errors import MalformedJsonError
from api.json_body import parse_json
from core.errors import ValidationError

__all__ = ["query_variables"]


def query_variables(text: str, max_depth: int) -> dict[str, Any]:
    """The data that a query carries as a JSON object; none for an empty text.

    Raises ValidationError.
    """
    try:
        value = parse_json(text.encode(errors="replace"), max_depth=max_depth) if text else {}
    except MalformedJsonError as error:
        message = "variables " + error.message.removeprefix("The body ")
        raise ValidationError.of("variables", message, "malformed_json") from error
    if not isinstance(value, dict):
        raise ValidationError.of("variables", "variables must be a JSON object", "wrong_type")
    return value
