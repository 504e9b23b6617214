"""Every fixture over HTTP: it looks as it did, opens in other programs, and is made the same twice."""

import io
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from PIL import Image
from support.pictures import assert_looks_like
from support.service import Service

from demo.gallery import Fixture, fixtures, store

NOW = "2026-11-22T12:00:00Z"
SLUGS = [fixture.slug for fixture in fixtures()]


def render(http: httpx2.Client, fixture: Fixture) -> bytes:
    uid = store(http, fixture)
    if fixture.kind == "pdf":
        path, body = "/pdf/render", {"templateUid": uid, "options": fixture.render}
    elif fixture.kind == "gif":
        size = {key: fixture.template[key] for key in ("width", "height")}
        path, body = "/gif", {"template": uid, **size}
    else:
        path, body = f"/templates/{uid}/render", {"format": "png"}
    body |= {"variables": fixture.variables, "now": NOW, "store": False}
    answer = http.post(path, json=body)
    assert answer.status_code == 200, answer.text
    return answer.content


@pytest.fixture(scope="module")
def made(client: httpx2.Client) -> dict[str, bytes]:
    return {fixture.slug: render(client, fixture) for fixture in fixtures()}


def page(pdf: bytes, tmp_path: Path) -> bytes:
    """The first page as PNG."""
    (tmp_path / "document.pdf").write_bytes(pdf)
    command = ["pdftoppm", "-png", "-r", "60", "-f", "1", "-singlefile", "document.pdf", "page"]
    subprocess.run(command, cwd=tmp_path, check=True)
    return (tmp_path / "page.png").read_bytes()


def frame(gif: bytes, number: int) -> bytes:
    image = Image.open(io.BytesIO(gif))
    image.seek(number)
    out = io.BytesIO()
    image.convert("RGB").save(out, "PNG")
    return out.getvalue()


@pytest.mark.timeout(180)
@pytest.mark.parametrize("slug", [slug for slug in SLUGS if slug != "report"])
def test_a_fixture_looks_as_it_did(made: dict[str, bytes], tmp_path: Path, slug: str) -> None:
    data = made[slug]
    if data.startswith(b"%PDF"):
        assert_looks_like(f"{slug}-page-1", page(data, tmp_path))
    elif data.startswith(b"GIF"):
        for number in (0, 15, 30):
            assert_looks_like(f"{slug}-frame-{number}", frame(data, number))
    else:
        assert_looks_like(slug, data)


CHECKS = {
    b"\x89PNG": ["pngcheck", "-q"],
    b"GIF8": ["gifsicle", "--info"],
    b"%PDF": ["qpdf", "--check"],
}


@pytest.mark.parametrize("slug", SLUGS)
def test_an_independent_program_opens_it(made: dict[str, bytes], tmp_path: Path, slug: str) -> None:
    path = tmp_path / "artifact"
    path.write_bytes(made[slug])
    done = subprocess.run(
        [*CHECKS[made[slug][:4]], str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING" not in done.stdout + done.stderr


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx2.Client]:
    service = Service(tmp_path_factory.mktemp("other") / "data").start()
    with service.client() as http:
        yield http
    service.stop()


@pytest.mark.timeout(300)
def test_another_process_makes_the_same_bytes_of_every_fixture(
    made: dict[str, bytes], other: httpx2.Client
) -> None:
    again = {fixture.slug: render(other, fixture) for fixture in reversed(fixtures())}
    assert [slug for slug in SLUGS if again[slug] != made[slug]] == []


def test_an_animation_runs_at_its_exact_speed_and_loops_for_ever(made: dict[str, bytes]) -> None:
    for slug, milliseconds in (("animated-banner", 4000), ("parcel-tracker", 3000)):
        gif = Image.open(io.BytesIO(made[slug]))
        durations: list[int] = []
        for number in range(getattr(gif, "n_frames", 1)):
            gif.seek(number)
            durations.append(gif.info["duration"])
        assert sum(durations) == pytest.approx(milliseconds, abs=10)
        assert max(durations) - min(durations) <= 10
        assert gif.info["loop"] == 0
