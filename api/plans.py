"""What a workspace may ask for: requests a minute and a day."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from api.settings import ApiSettings

__all__ = ["Plan", "plan_table"]

_UNLIMITED = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Plan:
    """Requests of one workspace. A plan that is not `metered` counts nothing at all."""

    name: str
    per_minute: int
    per_day: int
    metered: bool = True


def plan_table(settings: ApiSettings) -> Mapping[str, Plan]:
    """Every plan by its name; `unlimited` shows large fixed numbers."""
    plans = (
        Plan("free", 60, 1_000),
        Plan("pro", 300, 10_000),
        Plan("business", 1_000, 100_000),
        Plan("enterprise", settings.enterprise_per_minute, settings.enterprise_per_day),
        Plan("unlimited", _UNLIMITED, _UNLIMITED, metered=False),
    )
    return MappingProxyType({plan.name: plan for plan in plans})
