import json
import logging
from collections.abc import Iterator
from typing import Literal

import pytest
import structlog

from platen.logs import set_up_logging


@pytest.fixture(autouse=True)
def put_back() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


def test_both_kinds_of_logger_write_one_json_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("json")
    logging.getLogger("jobs.webhooks").warning("no answer from %s", "x", extra={"delivery": "d"})
    structlog.get_logger("renderer").info("render failed", code="overloaded")
    first, second = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert (first["event"], first["level"], first["logger"], first["delivery"]) == (
        "no answer from x",
        "warning",
        "jobs.webhooks",
        "d",
    )
    assert (second["event"], second["code"]) == ("render failed", "overloaded")
    assert first["timestamp"].endswith("Z")


def test_an_exception_is_inside_the_line(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("json")
    try:
        raise ValueError("broken")
    except ValueError:
        logging.getLogger("x").exception("it failed")
    (line,) = capsys.readouterr().err.splitlines()
    assert "ValueError: broken" in json.loads(line)["exception"]


def test_what_is_below_the_level_is_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("json", "error")
    logging.getLogger("x").warning("quiet")
    structlog.get_logger("y").info("quiet too")
    assert not capsys.readouterr().err


def test_a_traceback_on_a_terminal_shows_no_local_variables(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up_logging("text")
    secret = "pk_" + "never-in-a-log"
    try:
        raise ValueError(str(len(secret)))
    except ValueError:
        logging.getLogger("x").exception("it failed")
    shown = capsys.readouterr().err
    assert "ValueError: 17" in shown
    assert "never-in-a-log" not in shown


@pytest.mark.parametrize("form", ["json", "text"])
def test_X04_no_text_of_users_begins_a_line_or_orders_the_terminal(
    form: Literal["json", "text"], capsys: pytest.CaptureFixture[str]
) -> None:
    set_up_logging(form)
    hostile = "x\r\n2026-01-01 [error] forged\x1b[2J\u2028\x9b31m"
    structlog.get_logger("y").warning("seen", private=hostile)
    logging.getLogger("x").warning("seen %s", hostile)
    structlog.get_logger("y").warning(hostile, nested={"a": [hostile]})
    lines = capsys.readouterr().err
    assert lines.count("\n") == len(lines.splitlines()) == 3
    assert "\x1b[2J" not in lines
    assert "\x9b" not in lines


def test_X04_a_traceback_cannot_order_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("text")
    try:
        raise ValueError("\x1b[2Jbroken")
    except ValueError:
        logging.getLogger("x").exception("it failed")
    shown = capsys.readouterr().err
    assert "\\x1b[2Jbroken" in shown
    assert "\x1b[2J" not in shown
