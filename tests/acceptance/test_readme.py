"""The README's calls work as typed."""

import os
import re
import subprocess
from pathlib import Path

import pytest
from support.service import Service

CALLS = re.findall(
    r"```sh\n(curl .*?)```", (Path(__file__).parents[2] / "README.md").read_text(), re.DOTALL
)
ANSWERS = [("hello.png", b"\x89PNG"), (None, b'{"template":'), ("hello.pdf", b"%PDF-")]


@pytest.mark.parametrize("number", range(len(ANSWERS)))
def test_a_call_of_the_readme_works_as_typed(service: Service, tmp_path: Path, number: int) -> None:
    call = CALLS[number].replace("http://127.0.0.1:8080", service.url)
    done = subprocess.run(
        ["sh", "-c", call],
        cwd=tmp_path,
        env=os.environ | {"KEY": service.key},
        capture_output=True,
        check=True,
    )
    file, start = ANSWERS[number]
    made = done.stdout if file is None else (tmp_path / file).read_bytes()
    assert made.startswith(start), made[:500]


def test_the_readme_shows_three_calls() -> None:
    assert len(CALLS) == len(ANSWERS)


def test_the_welcome_page_shows_the_service_and_loads_nothing_from_elsewhere(
    service: Service,
) -> None:
    with service.client() as http:
        page = http.get("/")
        assert page.status_code == 200
        assert service.url in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
        style = http.get("/static/studio.css")
    assert style.status_code == 200
    assert style.headers["content-type"].startswith("text/css")
