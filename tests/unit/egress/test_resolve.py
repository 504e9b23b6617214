"""Names are asked for once, answers live for seconds, and nobody's hurry spoils another's answer."""

import asyncio
from collections.abc import Sequence
from ipaddress import ip_address

import pytest

from egress.resolve import Resolver


class Names:
    """A lookup that counts, and waits while it is told to."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.asked = 0
        self.go = asyncio.Event()
        self.go.set()

    async def __call__(self, host: str) -> Sequence[str]:
        self.asked += 1
        await self.go.wait()
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


async def test_equal_questions_at_the_same_time_are_asked_once() -> None:
    names = Names(["1.1.1.1"])
    resolver = Resolver(names, keep=0)
    found = await asyncio.gather(*(resolver.addresses("a.test") for _ in range(20)))
    assert set(found) == {(ip_address("1.1.1.1"),)}
    assert names.asked == 1


async def test_an_answer_is_remembered_for_as_long_as_was_said() -> None:
    kept, forgotten = Names(["1.1.1.1"]), Names(["1.1.1.1"], ["127.0.0.1"])
    for _ in range(2):
        await Resolver(kept).addresses("a.test")
    resolver = Resolver(forgotten, keep=0)
    assert await resolver.addresses("a.test") != await resolver.addresses("a.test")
    resolver = Resolver(kept)
    kept.asked = 0
    for _ in range(3):
        await resolver.addresses("a.test")
    assert kept.asked == 1


async def test_one_that_gives_up_does_not_end_the_question_of_the_others() -> None:
    names = Names(["1.1.1.1"])
    names.go.clear()
    resolver = Resolver(names)
    patient = asyncio.create_task(resolver.addresses("a.test", 5))
    with pytest.raises(TimeoutError):
        await resolver.addresses("a.test", 0.01)
    names.go.set()
    assert await patient == (ip_address("1.1.1.1"),)
    assert names.asked == 1


async def test_literals_and_localhost_are_never_looked_up() -> None:
    names = Names(["1.1.1.1"])
    resolver = Resolver(names)
    assert await resolver.addresses("::1") == (ip_address("::1"),)
    assert ip_address("127.0.0.1") in await resolver.addresses("deep.localhost")
    assert names.asked == 0


async def test_the_system_resolver_reads_odd_ipv4_forms_as_addresses_and_knows_no_invalid_name() -> (
    None
):
    resolver = Resolver()
    assert await resolver.addresses("0x7f.1") == (ip_address("127.0.0.1"),)
    assert await resolver.addresses("a..b") == ()
    resolver.close()


async def test_doubles_are_dropped_and_the_order_kept() -> None:
    resolver = Resolver(Names(["2.2.2.2", "1.1.1.1", "2.2.2.2"]))
    assert [str(a) for a in await resolver.addresses("a.test")] == ["2.2.2.2", "1.1.1.1"]
