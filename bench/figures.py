"""What was measured, and the few numbers that are told of it."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

__all__ = ["Figures", "Row", "percentile", "row_of"]


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0 to 1) of all values do not exceed."""
    return sorted(values)[max(math.ceil(share * len(values)) - 1, 0)]


@dataclass(slots=True)
class Figures:
    """What one contender did in one case at one concurrency; lists are one entry a turn."""

    seconds: list[float] = field(default_factory=list[float])
    sizes: list[int] = field(default_factory=list[int])
    rates: list[float] = field(default_factory=list[float])
    cpu: list[float] = field(default_factory=list[float])


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the results. `ratio`: renders/s as a multiple of the naive way's at its best
    concurrency, the median over the rounds. `cpu_seconds` are those of one artifact.
    """

    case: str
    contender: str
    likeness: str
    at_once: int
    renders: int
    renders_per_second: float
    ratio: float | None
    p50_ms: float
    p95_ms: float
    p99_ms: float
    cpu_seconds: float
    median_bytes: int
    peak_pss_mb: float
    first_render_seconds: float

    def as_json(self) -> dict[str, object]:
        """With the names of JSON."""
        return {_camel(name): value for name, value in asdict(self).items()}


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)


def row_of(
    figures: Figures,
    base: Sequence[float],
    names: tuple[str, str, str],
    at_once: int,
    peak_pss_mb: float,
    first_render_seconds: float,
) -> Row:
    """`base`: the naive way's best rate in each round; empty where it does not take part.

    `names`: case, contender, likeness.
    """
    ratios = [mine / other for mine, other in zip(figures.rates, base, strict=False)]
    return Row(
        *names,
        at_once=at_once,
        renders=len(figures.seconds),
        renders_per_second=round(statistics.median(figures.rates), 2),
        ratio=round(statistics.median(ratios), 2) if ratios else None,
        p50_ms=round(percentile(figures.seconds, 0.50) * 1000, 1),
        p95_ms=round(percentile(figures.seconds, 0.95) * 1000, 1),
        p99_ms=round(percentile(figures.seconds, 0.99) * 1000, 1),
        cpu_seconds=round(statistics.median(figures.cpu), 4),
        median_bytes=round(statistics.median(figures.sizes)),
        peak_pss_mb=round(peak_pss_mb),
        first_render_seconds=round(first_render_seconds, 2),
    )
