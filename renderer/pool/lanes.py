"""Who waits for a slot, and whose turn is next.

Two lanes: interactive renders go first, and every fourth time the bulk lane's, so that neither
starves. Inside a lane workspaces take turns, one render each: who has a thousand waiting delays
nobody who has one. Everything here takes the same time however many wait.
"""

from collections import OrderedDict
from typing import Generic, TypeVar

from renderer.request import Lane

__all__ = ["Lanes"]

_BULK_TURN = 4

_T = TypeVar("_T")


class _Line(Generic[_T]):
    """One lane: the waiting of each workspace in the order that they came, the next one first."""

    def __init__(self) -> None:
        self.workspaces: OrderedDict[str, OrderedDict[_T, float]] = OrderedDict()
        self.costs: dict[str, float] = {}
        self.count = 0
        self.cost = 0.0

    def add(self, workspace: str, item: _T, cost: float) -> None:
        self.workspaces.setdefault(workspace, OrderedDict())[item] = cost
        self.costs[workspace] = self.costs.get(workspace, 0.0) + cost
        self.count += 1
        self.cost += cost

    def remove(self, workspace: str, item: _T) -> bool:
        own = self.workspaces.get(workspace)
        if own is None or item not in own:
            return False
        cost = own.pop(item)
        self.count -= 1
        self.cost = self.cost - cost if self.count else 0.0
        self.costs[workspace] -= cost
        if not own:
            del self.workspaces[workspace], self.costs[workspace]
        return True

    def ahead(self, workspace: str) -> float:
        """The cost of what is drawn before one more render of this workspace."""
        mine = self.costs.get(workspace, 0.0)
        others = self.cost - mine
        turns = len(self.workspaces.get(workspace, ())) + 1
        rivals = len(self.workspaces) - (workspace in self.workspaces)
        if not rivals:
            return mine
        each = others / (self.count - turns + 1)
        return mine + min(others, turns * rivals * each)


class Lanes(Generic[_T]):
    """The waiting of both lanes. Items are told apart by identity or equality, and hashable."""

    def __init__(self) -> None:
        self._lines: dict[Lane, _Line[_T]] = {"interactive": _Line(), "bulk": _Line()}
        self._turn = 1

    def __len__(self) -> int:
        return sum(line.count for line in self._lines.values())

    @property
    def cost(self) -> float:
        """The cost of all that waits."""
        return sum(line.cost for line in self._lines.values())

    def ahead(self, lane: Lane, workspace: str) -> float:
        """About how much is drawn before one more render of this workspace in this lane."""
        own = self._lines[lane].ahead(workspace)
        if lane == "bulk":
            return own + self._lines["interactive"].cost
        return own + min(self._lines["bulk"].cost, own / (_BULK_TURN - 1))

    def add(self, lane: Lane, workspace: str, item: _T, cost: float) -> None:
        """Let one more wait."""
        self._lines[lane].add(workspace, item, cost)

    def remove(self, lane: Lane, workspace: str, item: _T) -> bool:
        """Let it wait no longer; False if it does not wait."""
        return self._lines[lane].remove(workspace, item)

    def waits(self, lane: Lane) -> bool:
        """Whether anybody waits in this lane."""
        return self._lines[lane].count > 0

    def first(self, *, bulk: bool = True) -> _T | None:
        """Who is next, or None; asking changes nothing. `bulk`: whether that lane may be it."""
        line = self._next(bulk)
        return next(iter(next(iter(line.workspaces.values())))) if line else None

    def pop(self, *, bulk: bool = True) -> _T:
        """Take out who is next; its workspace is the last of its lane from now on."""
        line = self._next(bulk)
        if line is None:
            raise LookupError("nobody waits")
        if all(one.count for one in self._lines.values()):
            self._turn += 1
        workspace, own = next(iter(line.workspaces.items()))
        item = next(iter(own))
        line.workspaces.move_to_end(workspace)
        line.remove(workspace, item)
        return item

    def clear(self) -> list[_T]:
        """Take out all, in no order that matters."""
        every = [
            item
            for line in self._lines.values()
            for own in line.workspaces.values()
            for item in own
        ]
        self._lines = {"interactive": _Line(), "bulk": _Line()}
        return every

    def _next(self, bulk: bool) -> _Line[_T] | None:
        lanes: tuple[Lane, ...] = ("interactive", "bulk") if bulk else ("interactive",)
        if bulk and self._turn % _BULK_TURN == 0:
            lanes = ("bulk", "interactive")
        return next((self._lines[lane] for lane in lanes if self._lines[lane].count), None)
