"""`python -m tests.chaos`: random faults against real processes while batches are sent; then the
oracle. The exit code is 1 when something does not hold. Needs root, for a small disk.
"""

import argparse
import random
import shutil
import sys
import time
from collections import Counter
from pathlib import Path

from tests.chaos.campaign import Campaign
from tests.chaos.faults import faults_of
from tests.chaos.idle import held
from tests.chaos.neighbour import Neighbour, Span
from tests.chaos.oracle import Verdict, judge, judge_end, wait_until
from tests.chaos.receiver import Receiver, receiving
from tests.chaos.world import World, world

LOGS = Path(__file__).resolve().parents[2] / "out" / "chaos"
TO_END = 240
"""Seconds in which everything has ended after the last fault."""
STEADY = 10
"""Looks, five in a second, that must find the same before a count is taken for that of idle."""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600, help="of faults")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--world", choices=["embedded", "servers", "both"], default="both")
    parser.add_argument("--most", type=float, default=20, help="seconds between faults, from 5")
    return parser.parse_args()


def _throw(
    place: World, dice: random.Random, seconds: float, most: float
) -> list[tuple[str, Span]]:
    """Fault after fault until the time is over; which, and from when to when."""
    known = faults_of(place)
    thrown: list[tuple[str, Span]] = []
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        time.sleep(dice.uniform(5, most))
        (name,) = dice.choices(list(known), [weight for _, weight in known.values()])
        hit = time.monotonic()
        print(f"{hit - began:6.1f} s  {name}", flush=True)
        known[name][0](place, dice)
        thrown.append((name, Span(hit, time.monotonic())))
    return thrown


def _idle(place: World, campaign: Campaign, neighbour: Neighbour) -> dict[str, int]:
    """What the services hold when each of their parts has been used and nothing is left to do."""
    neighbour.warm_up()
    campaign.warm_up()
    first = {one.id for one in campaign.accepted}
    wait_until(lambda: first <= campaign.receiver.ended(), TO_END)
    seen: list[dict[str, int]] = []

    def settled() -> bool:
        seen.append(held(place))
        return len(seen) > STEADY and all(one == seen[-1] for one in seen[-STEADY:])

    wait_until(settled, 30)
    print("idle:", seen[-1], flush=True)
    return seen[-1]


def _run(kind: str, seed: int, seconds: float, most: float) -> list[str]:
    print(f"world {kind}, seed {seed}, {seconds:g} s of faults", flush=True)
    dice = random.Random(seed)
    with receiving() as receiver:
        settings = {
            "PLATEN_EGRESS_ALLOW": receiver.place,
            "PLATEN_PLAN": "unlimited",
            "PLATEN_WEBHOOK_TIMEOUT": "3",
            "PLATEN_WEBHOOK_SCHEDULE": "0,1,1,2,2,5,5,5,10,10,10,20",
        }
        with world(kind, settings) as place:
            try:
                return _judged(place, receiver, dice, seconds, most)
            finally:
                _keep_logs(place, kind)


def _judged(
    place: World, receiver: Receiver, dice: random.Random, seconds: float, most: float
) -> list[str]:
    campaign = Campaign(place.front, receiver, random.Random(dice.random()))
    other = place.front.workspace("another")
    neighbour = Neighbour(place.front, other, random.Random(dice.random()))
    before = _idle(place, campaign, neighbour)
    campaign.begin()
    neighbour.begin()
    thrown = _throw(place, dice, seconds, most)
    neighbour.end()
    campaign.end()
    sent = {one.id for one in campaign.accepted}
    wait_until(lambda: sent <= receiver.ended(), TO_END)
    verdict = judge(place, receiver, campaign.accepted, before)
    print("idle again:", held(place), flush=True)
    for service in place.services.values():
        service.stop(grace=60)
    away = [span for name, span in thrown if name.endswith(" service")]
    wrong = campaign.faults + list(neighbour.wrong(away)) + verdict.wrong + judge_end(place)
    print(neighbour.summary())
    _tell(campaign, Counter(name for name, _ in thrown), verdict, wrong)
    return wrong


def _tell(campaign: Campaign, thrown: Counter[str], verdict: Verdict, wrong: list[str]) -> None:
    print("thrown:", ", ".join(f"{count} x {name}" for name, count in thrown.most_common()))
    print("answers:", dict(campaign.statuses))
    print(f"batches: {len(campaign.accepted)}; items: {dict(verdict.items)}")
    print(f"last events: {verdict.events}, of which {verdict.copies} are copies with the same id")
    print("\n".join(f"WRONG  {one}" for one in wrong) or "everything holds", flush=True)


def _keep_logs(place: World, kind: str) -> None:
    LOGS.mkdir(parents=True, exist_ok=True)
    for name, service in place.services.items():
        shutil.copy(service.log, LOGS / f"{kind}-{name}.log")


def main() -> int:
    """0 when everything holds in every world."""
    asked = _arguments()
    kinds = ["embedded", "servers"] if asked.world == "both" else [asked.world]
    wrong = [_run(kind, asked.seed, asked.seconds, asked.most) for kind in kinds]
    return int(any(wrong))


if __name__ == "__main__":
    sys.exit(main())
