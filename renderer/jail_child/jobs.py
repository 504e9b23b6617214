"""Which kind of child does which job, and where the job's function stands."""

from collections.abc import Callable
from importlib import import_module
from typing import cast

from renderer.jail_child.call import Answer, Call

__all__ = ["JOBS", "KINDS", "Job", "load"]

Job = Callable[[Call], Answer]

JOBS: dict[str, dict[str, str]] = {
    "compose": {
        "compose": "renderer.compose.jobs:compose",
        "analyse": "renderer.compose.jobs:analyse",
        "javascript": "renderer.compose.jobs:javascript",
        "compose_canvas": "renderer.compose.canvas.jobs:compose_canvas",
        "analyse_canvas": "renderer.compose.canvas.jobs:analyse_canvas",
    },
    "document": {
        "weasy": "renderer.document.weasy_job:weasy",
        "merge": "renderer.document.assemble_jobs:merge",
        "inspect": "renderer.document.assemble_jobs:inspect",
        "font": "renderer.intake.font_job:font",
        "sheet": "renderer.document.sheet_job:sheet",
        "spreadsheet": "renderer.document.spreadsheet_job:spreadsheet",
    },
    "picture": {
        "photo": "renderer.intake.photo_job:photo",
        "crop": "renderer.intake.crop_job:crop",
    },
}
"""Kind of child -> job -> `module:function`. The kinds are apart so that a small template never
waits behind a heavy import or a long document, and a document that waits for its photographs never
for the children that other documents hold."""

KINDS = {job: kind for kind, jobs in JOBS.items() for job in jobs}
"""Job -> kind of child."""


def load(kind: str) -> dict[str, Job]:
    """Every job of a kind, imported. Called before the walls go up."""

    def function(place: str) -> Job:
        module, name = place.split(":")
        return cast("Job", getattr(import_module(module), name))

    return {job: function(place) for job, place in JOBS[kind].items()}
