"""Pictures compared by perceptual hash, kept beside the tests.

`PLATEN_WRITE_HASHES=1` writes new ones and leaves the pictures in `out/seen/` to be looked at;
`PLATEN_KEEP_PICTURES=1` only leaves the pictures.
"""

import io
import itertools
import os
from pathlib import Path

from PIL import Image

HASHES = Path(__file__).resolve().parents[1] / "hashes"
SEEN = Path(__file__).resolve().parents[2] / "out" / "seen"
SIDE = 24
ALLOWED = 0.04
"""The part of the bits that may differ: another browser build antialiases a little differently."""


def difference_hash(picture: bytes) -> str:
    """Hex of a horizontal difference hash over each of R, G and B, SIDE x SIDE cells each."""
    image = Image.open(io.BytesIO(picture)).convert("RGBA")
    paper = Image.new("RGBA", image.size, "white")
    paper.alpha_composite(image)
    bits = ""
    for channel in paper.convert("RGB").split():
        small = channel.resize((SIDE + 1, SIDE), Image.Resampling.BOX)
        cells = list(small.tobytes())
        for y in range(SIDE):
            row = cells[y * (SIDE + 1) : (y + 1) * (SIDE + 1)]
            bits += "".join("1" if a > b + 1 else "0" for a, b in itertools.pairwise(row))
    return f"{int(bits, 2):0{len(bits) // 4}x}"


def assert_looks_like(name: str, picture: bytes) -> None:
    """The picture has the hash that is kept under `tests/hashes/{name}.txt`, within ALLOWED."""
    now = difference_hash(picture)
    kept = HASHES / f"{name}.txt"
    if os.environ.get("PLATEN_WRITE_HASHES") or os.environ.get("PLATEN_KEEP_PICTURES"):
        SEEN.mkdir(parents=True, exist_ok=True)
        (SEEN / f"{name}.png").write_bytes(picture)
    if os.environ.get("PLATEN_WRITE_HASHES"):
        HASHES.mkdir(exist_ok=True)
        kept.write_text(now + "\n")
    before = kept.read_text().strip()
    assert len(now) == len(before)
    differing = (int(now, 16) ^ int(before, 16)).bit_count() / (len(now) * 4)
    assert differing <= ALLOWED, f"{name}: {differing:.1%} of the hash's bits differ"
