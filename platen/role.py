"""Which halves a process holds."""

from enum import StrEnum

__all__ = ["Role"]


class Role(StrEnum):
    """Which halves a process holds."""

    SERVE = "serve"
    API = "api"
    WORKER = "worker"
