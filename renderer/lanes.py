"""Who waits for a slot or for a child of the jail, and whose turn is next.

Two lanes: interactive renders go first, and every fourth time the bulk lane's, so that neither
starves. Inside a lane workspaces take turns, one render each: who has a thousand waiting delays
nobody who has one. Whose page is kept by a free browser may take its next turn early, before a few
others; each workspace has as many turns as without. Everything here takes the same time however
many wait.
"""

from collections import OrderedDict
from collections.abc import Callable
from itertools import islice
from typing import Generic, TypeVar

from renderer.request import Lane

__all__ = ["Lanes"]

_BULK_TURN = 4
_LOOK, _PASSES = 8, 4
"""How many workspaces are looked at for the one that fits best, and how often the next one may be
passed over for it."""

_T = TypeVar("_T")


class _Line(Generic[_T]):
    """One lane: the waiting of each workspace in the order that they came, the next one first."""

    def __init__(self) -> None:
        self.workspaces: OrderedDict[str, OrderedDict[_T, float]] = OrderedDict()
        self.costs: dict[str, float] = {}
        self.count = 0
        self.cost = 0.0
        self.early: set[str] = set()
        """Who has taken its next turn already."""
        self.passes = 0
        """How often somebody has gone before the one whose turn it is."""

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
        if not self.count:
            self.early.clear()
        return True

    def choice(self, fit: Callable[[_T], int]) -> _T:
        """The item whose turn it is; the line must not be empty."""
        self._settle()
        looked = iter(self.workspaces.items())
        _, own = next(looked)
        firsts = [next(iter(own))]
        if self.passes < _PASSES:
            others = islice(looked, _LOOK - 1)
            firsts += [next(iter(own)) for name, own in others if name not in self.early]
        return max(firsts, key=fit)  # the first of equals

    def pop(self, workspace: str, item: _T) -> None:
        """Take an item out; its workspace is the last from now on."""
        if workspace == next(iter(self.workspaces)):
            self.passes = 0
        else:
            self.passes += 1
            self.early.add(workspace)
        self.workspaces.move_to_end(workspace)
        self.remove(workspace, item)

    def _settle(self) -> None:
        """Whoever has gone before its turn is passed over when that turn comes."""
        while (head := next(iter(self.workspaces), None)) in self.early:
            self.early.discard(head)
            self.passes = 0
            self.workspaces.move_to_end(head)

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


def _alike(_: object) -> int:
    return 0


class Lanes(Generic[_T]):
    """The waiting of both lanes. Items are told apart by identity or equality, and hashable.

    `fit`: how well an item would do if it were next, the more the better.
    """

    def __init__(self, fit: Callable[[_T], int] = _alike) -> None:
        self._fit = fit
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
        """Who is next, or None; nobody is taken out. `bulk`: whether that lane may be it."""
        line = self._next(bulk)
        return line.choice(self._fit) if line else None

    def pop(self, lane: Lane, workspace: str, item: _T) -> None:
        """Take out who was next; its workspace is the last of its lane from now on."""
        if all(one.count for one in self._lines.values()):
            self._turn += 1
        self._lines[lane].pop(workspace, item)

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
