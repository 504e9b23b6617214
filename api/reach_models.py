"""How far requests may go, on the wire."""

from pydantic import Field

from api.models import Answer, Body
from core.reach import Reach, ReachPolicy
from egress.hosts import reach_of

__all__ = ["ReachAnswer", "ReachBody"]


class ReachBody(Body):
    """Every public address, only `hosts`, or nowhere. It never opens a private address."""

    policy: ReachPolicy = "public"
    hosts: list[str] = Field(
        default_factory=list[str],
        description="Whole names or addresses for `allow-list`, without port or wildcard.",
    )

    def reach(self, field: str) -> Reach:
        """As the rest knows it. Raises ValidationError."""
        return reach_of(self.policy, self.hosts, f"{field}.policy", f"{field}.hosts")


class ReachAnswer(Answer):
    """How far renders may go."""

    policy: ReachPolicy
    hosts: list[str]

    @classmethod
    def of(cls, reach: Reach) -> "ReachAnswer":
        """From what the store knows."""
        return cls(policy=reach.policy, hosts=sorted(reach.hosts))
