"""Where deliveries may go: judged when it is saved, and again whenever it is dialled."""

from core.errors import PlatenError, ValidationError
from core.reach import Reach
from egress.client import EgressClient

__all__ = ["check_target"]

LONGEST_URL = 2048


async def check_target(
    client: EgressClient, url: str, field: str, reach: Reach | None = None
) -> None:
    """Raise ValidationError that names `field`, BlockedAddressError, or FetchFailedError."""
    if not url or len(url) > LONGEST_URL:
        raise ValidationError.of(
            field, f"{field} must be a complete http or https URL of at most 2,048 characters"
        )
    try:
        await client.check(url, reach)
    except PlatenError as error:
        raise error.at(field) from None
