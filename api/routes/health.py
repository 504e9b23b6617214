"""Whether the service lives, whether it can work, and how busy it is."""

from typing import Any, Literal

from prometheus_client import generate_latest
from pydantic import Field
from starlette.responses import Response

from api.call import Call
from api.models import Answer
from api.readiness import Readiness
from api.routing import Route
from core.errors import ServiceError

__all__ = ["ROUTES"]


class NotReadyError(ServiceError):
    """A part of the service does not work: `checks` says which and how. It is asked again soon."""

    code = "not_ready"
    status = 503
    title = "Not ready"


class HealthAnswer(Answer):
    """The process lives and answers."""

    status: Literal["ok"] = "ok"


class ReadyAnswer(Answer):
    """Everything works: a render has succeeded lately; database, queue and store answer."""

    status: Literal["ready"] = "ready"
    ready: bool = True
    checks: dict[str, str] = Field(description="Part -> ok.")


class PressureAnswer(Answer):
    """How busy the render pool is, and whether one more request would be taken."""

    running: int
    queued: int
    slots: int
    browsers: int
    sandbox: bool
    accepting: bool = Field(description="Whether one more render would be taken.")


async def health(call: Call[Any, Any]) -> HealthAnswer:
    """The process lives; nothing else is asked."""
    return HealthAnswer()


async def ready(call: Call[Any, Any]) -> ReadyAnswer:
    """Every part works. Raises NotReadyError (503) that says which does not."""
    readiness, succeeded_at = _readiness(call), call.parts.renders.succeeded_at
    if succeeded_at is not None:
        readiness.vouch("render", succeeded_at)
    problems = await readiness.problems()
    checks = {name: problem or "ok" for name, problem in problems.items()}
    wrong = [f"{name} ({problem})" for name, problem in problems.items() if problem]
    if wrong:
        raise NotReadyError(
            f"The service cannot work now: {', '.join(wrong)}. `platen doctor` says how to mend it",
            retry_after=5,
            extra={"ready": False, "checks": checks},
        )
    return ReadyAnswer(checks=checks)


async def pressure(call: Call[Any, Any]) -> PressureAnswer:
    """How busy the render pool is."""
    renderer = call.parts.renderer
    now = renderer.pressure()
    return PressureAnswer(
        running=now.running,
        queued=now.queued,
        slots=now.slots,
        browsers=now.browsers,
        sandbox=now.sandbox,
        accepting=now.running < now.slots or now.waiting_cost < renderer.settings.render_queue,
    )


async def metrics(call: Call[Any, Any]) -> Response:
    """What was counted so far, of all workspaces together, as Prometheus reads it."""
    return Response(generate_latest(), media_type=_PROMETHEUS)


def _readiness(call: Call[Any, Any]) -> Readiness:
    state = call.request.app.state
    if not hasattr(state, "readiness"):
        state.readiness = Readiness(call.parts.probes)
    return state.readiness


_TAG = "service"
_PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"

ROUTES: list[Route] = [
    Route(
        method="GET",
        path="/health",
        handler=health,
        summary="Whether the process lives",
        tag=_TAG,
        scope=None,
        answer=HealthAnswer,
    ),
    Route(
        method="GET",
        path="/healthcheck",
        handler=health,
        summary="The same, by an older name",
        tag=_TAG,
        scope=None,
        answer=HealthAnswer,
    ),
    Route(
        method="GET",
        path="/ready",
        handler=ready,
        summary="Whether every part works",
        tag=_TAG,
        scope=None,
        answer=ReadyAnswer,
        errors=(NotReadyError,),
    ),
    Route(
        method="GET",
        path="/pressure",
        handler=pressure,
        summary="How busy the render pool is",
        tag=_TAG,
        scope=None,
        answer=PressureAnswer,
    ),
    Route(
        method="GET",
        path="/metrics",
        handler=metrics,
        summary="What was counted, as Prometheus reads it",
        tag=_TAG,
        scope=None,
        media_types=("text/plain",),
    ),
]
