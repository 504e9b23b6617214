"""Logging: JSON lines for machines, coloured text when a person is watching."""

import io
import logging
import sys
from typing import Literal, TextIO

import structlog

from core.leaving import log_text

__all__ = ["set_up_logging"]

_QUIET = (
    "uvicorn.access",
    "uvicorn.error",
    "asyncio",
    "httpx2",
    "alembic",
    "arq",
    "weasyprint",
    "fontTools",
)


def set_up_logging(form: Literal["auto", "json", "text"] = "auto", level: str = "info") -> None:
    """Send everything that any package logs to standard error, in one form."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    as_json = form == "json" or (form == "auto" and not sys.stderr.isatty())
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *(_json() if as_json else _coloured()),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _coloured() -> list[structlog.typing.Processor]:
    # JSON writes control characters out by itself; a terminal would obey them.
    return [_written_out, structlog.dev.ConsoleRenderer(exception_formatter=_traceback)]


def _written_out(
    logger: object, name: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    return {key: log_text(one) if isinstance(one, str) else one for key, one in event.items()}


def _traceback(out: TextIO, about: structlog.typing.ExcInfo) -> None:
    # The pretty form of a traceback shows local variables, and those hold keys and clients' data.
    text = io.StringIO()
    structlog.dev.plain_traceback(text, about)
    out.write(log_text(text.getvalue(), keep="\n"))


def _json() -> list[structlog.typing.Processor]:
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
