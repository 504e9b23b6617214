"""`python -m bench.encoders`: bytes against CPU time, on the pages of `bench.encoders.pages`.

Times are CPU milliseconds of the encoding thread, the least of a few runs, so that other work on
the machine hardly counts. Every lossless file is compared with the picture, pixel by pixel.
"""

import asyncio
import io
import json
import time
from collections.abc import Callable
from pathlib import Path

import rich
from PIL import Image, ImageChops, ImageStat
from rich.table import Table

from bench.cases import WrongOutputError
from bench.encoders.pages import Drawn, drawn_pages
from renderer.picture.lossy import LossyEncoder
from renderer.picture.png.file import decoded
from renderer.picture.png.recompress import recompressed
from renderer.request import PictureOptions

_OUT = Path(__file__).resolve().parents[2] / "out"
_RUNS = 3
_ENOUGH_S = 0.4
"""An encoding that takes longer is not repeated."""

Row = dict[str, str | int | float]


def _timed(encode: Callable[[], bytes]) -> tuple[bytes, float]:
    best, data = float("inf"), b""
    for _ in range(_RUNS):
        start = time.thread_time()
        data = encode()
        best = min(best, time.thread_time() - start)
        if best > _ENOUGH_S:
            break
    return data, best * 1000


def _ways(page: Drawn) -> dict[str, Callable[[], bytes]]:
    picture = decoded(page.fast)

    def pillow(level: int) -> bytes:
        out = io.BytesIO()
        decoded(page.fast).save(out, "PNG", compress_level=level)
        return out.getvalue()

    def lossy(**options: object) -> Callable[[], bytes]:
        wanted = PictureOptions(**options)  # type: ignore[arg-type] # the table's own names
        return lambda: LossyEncoder(picture, wanted).encode(wanted.quality)

    return {
        "PNG fast (Chromium)": lambda: page.fast,
        "PNG balanced": lambda: recompressed(page.fast, "balanced", b"", lambda: None),
        "PNG small": lambda: recompressed(page.fast, "small", b"", lambda: None),
        "PNG by Pillow, level 6": lambda: pillow(6),
        "WebP lossless fast": lossy(format="webp", quality=100),
        "WebP lossless balanced": lossy(format="webp", quality=100, compression="balanced"),
        "JPEG 85 (Chromium)": lambda: page.jpeg,
        "JPEG 85 4:2:0 progressive": lossy(format="jpeg", progressive=True),
        "JPEG 85 4:4:4": lossy(format="jpeg", chroma_subsampling="4:4:4"),
        "JPEG 85 auto": lossy(format="jpeg", chroma_subsampling="auto"),
        "WebP 85 fast": lossy(format="webp"),
        "WebP 85 balanced": lossy(format="webp", compression="balanced"),
        "WebP 85 small": lossy(format="webp", compression="small"),
        "AVIF 85 fast": lossy(format="avif"),
        "AVIF 85 balanced": lossy(format="avif", compression="balanced"),
    }


def _error(page: Drawn, data: bytes) -> float:
    """Root of the mean squared difference, 0 to 255, both on white."""
    one, other = (
        Image.alpha_composite(Image.new("RGBA", whole.size, "white"), whole).convert("RGB")
        for whole in (Image.open(io.BytesIO(each)).convert("RGBA") for each in (page.fast, data))
    )
    squares = ImageStat.Stat(ImageChops.difference(one, other)).rms
    return (sum(each**2 for each in squares) / 3) ** 0.5


def _measured(page: Drawn) -> list[Row]:
    rows: list[Row] = []
    for way, encode in _ways(page).items():
        data, spent = _timed(encode)
        error = _error(page, data)
        if ("PNG" in way or "lossless" in way) and error:
            raise WrongOutputError(f"{way} changed the pixels of {page.name}")
        share = len(data) / len(page.default)
        row: Row = {"page": page.name, "way": way, "ms": round(spent, 1), "bytes": len(data)}
        rows.append(row | {"ofChromiumPng": round(share, 2), "error": round(error, 2)})
    return rows


async def _run() -> list[Row]:
    rows: list[Row] = []
    async for page in drawn_pages():
        rows += await asyncio.to_thread(_measured, page)
        table = Table(title=f"{page.name}: Chromium's own PNG has {len(page.default)} bytes")
        for heading in ("", "CPU ms", "bytes", "of its PNG", "error"):
            table.add_column(heading, justify="right" if heading else "left")
        for row in rows:
            if row["page"] == page.name:
                cells = (row[name] for name in ("way", "ms", "bytes", "ofChromiumPng", "error"))
                table.add_row(*map(str, cells))
        rich.print(table)
    return rows


def main() -> None:
    """Print the tables and write `out/encoders.json`."""
    rows = asyncio.run(_run())
    _OUT.mkdir(exist_ok=True)
    (_OUT / "encoders.json").write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
