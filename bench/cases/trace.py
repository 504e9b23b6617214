"""A day of a shared service: 50 workspaces and 200 templates by Zipf's law."""

import itertools
import random
from dataclasses import replace

from bench.cases.case import Case, Job
from bench.cases.fixtures import card_data, card_source, poster_job
from bench.cases.scripted import canvas_job
from bench.cases.strip import check_strip

__all__ = ["PHOTOS", "WORKSPACES", "trace_case"]

WORKSPACES = 50
PHOTOS = 20
_TEMPLATES = 200
_SIZES = ((1200, 630), (1080, 1080), (800, 418), (600, 400), (1600, 900), (480, 480))
_WEIGHTS = list(itertools.accumulate(1 / rank for rank in range(1, _TEMPLATES + 1)))


def trace_case(photos: str) -> Case:
    """`photos` is the address of the local server that has `0.jpg` to `19.jpg`.

    Of five templates one has scripts, two show a photo, two are cards.
    """

    def job(number: int) -> Job:
        rank = random.Random(number).choices(range(_TEMPLATES), cum_weights=_WEIGHTS)[0]
        size = _SIZES[rank * 7 % len(_SIZES)]
        made = _kind(rank, number, size, photos)
        return replace(
            made,
            template=f"trace {rank}",
            source=made.source.replace("<body", f"<body data-template={rank}", 1),
            workspace=rank % WORKSPACES,
        )

    def check(data: bytes, number: int) -> None:
        asked = job(number)
        check_strip(data, number, (asked.width, asked.height))

    return Case("trace of 50 workspaces", "png", job, check, at_least=16)


def _kind(rank: int, number: int, size: tuple[int, int], photos: str) -> Job:
    if rank % 5 == 2:
        return canvas_job(number, size)
    if rank % 5 in {1, 3}:
        return poster_job(number, f"{photos}/{(number + rank) % PHOTOS}.jpg", size)
    return Job("card", card_source, card_data(number), *size)
