"""Another workspace that wants single renders meanwhile, and how it is served."""

import random
import statistics
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from tests.chaos.campaign import ask
from tests.support.service import Service

__all__ = ["Neighbour", "Span"]

LONGEST = 30.0
"""Seconds until an answer: a render's own deadline is 25 s, and a machine at its limit is slow."""
SCRIPT = "<h1 id=a></h1><script>document.getElementById('a').textContent='{{ n }}'</script>"
PLAIN = "<body style='margin:0;background:#fed'><h1>{{ n }}</h1></body>"


@dataclass(frozen=True)
class Span:
    """From when to when something lasted, in seconds of the monotonic clock."""

    began: float
    ended: float

    @property
    def seconds(self) -> float:
        return self.ended - self.began

    def meets(self, other: "Span") -> bool:
        return self.began <= other.ended and other.began <= self.ended


@dataclass(frozen=True)
class _Answer:
    span: Span
    status: int | None
    retry_after: bool
    text: str


@dataclass
class Neighbour:
    """Sends one render after the other in a thread of its own, from `begin` to `end`."""

    front: Service
    key: str
    dice: random.Random
    _answers: list[_Answer] = field(default_factory=list[_Answer])
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def begin(self) -> None:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Send nothing new; the last answer is waited for."""
        self._over.set()
        assert self._thread is not None
        self._thread.join(LONGEST * 2)

    def render(self, html: str = PLAIN) -> bool:
        """One render of each kind that the answer is noted of; whether it is a picture."""
        body = {"html": html, "variables": {"n": self.dice.random()}, "width": 64, "height": 64}
        began = time.monotonic()
        answer = ask(self.front, "POST", "/image", key=self.key, seconds=LONGEST + 5, json=body)
        span = Span(began, time.monotonic())
        if answer is None:
            self._answers.append(_Answer(span, None, retry_after=False, text=""))
            return False
        told = _Answer(span, answer.status_code, "retry-after" in answer.headers, answer.text[:300])
        self._answers.append(told)
        return answer.is_success

    def warm_up(self) -> None:
        """A render of each kind, so that every browser is there that will be."""
        for html in (PLAIN, SCRIPT):
            while not self.render(html):
                time.sleep(0.5)

    def wrong(self, away: Sequence[Span]) -> Iterator[str]:
        """What it may complain about. `away`: when the service itself was stopped, killed, frozen."""
        for one in self._answers:
            excused = any(one.span.meets(span) for span in away)
            refused = one.status == 503 and one.retry_after
            if one.status is None:
                if not excused:
                    yield f"a single render of another workspace had no answer in {_told(one)}"
            elif one.status != 200 and not refused:
                yield f"a single render of another workspace: {one.status} {one.text}"
            elif one.span.seconds > LONGEST and not excused:
                yield f"a single render of another workspace took {_told(one)}"

    def summary(self) -> str:
        """How it was served."""
        made = sorted(one.span.seconds for one in self._answers if one.status == 200)
        middle = f"{statistics.median(made):.2f}" if made else "-"
        longest = max((one.span.seconds for one in self._answers), default=0.0)
        return (
            f"{len(made)} of {len(self._answers)} single renders of another workspace are pictures, "
            f"the middle one after {middle} s; the longest answer took {longest:.1f} s"
        )

    def _run(self) -> None:
        while not self._over.is_set():
            self.render(self.dice.choice((PLAIN, PLAIN, SCRIPT)))
            self._over.wait(self.dice.uniform(0.1, 1))


def _told(one: _Answer) -> str:
    return f"{one.span.seconds:.1f} s"
