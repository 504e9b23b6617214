"""A process of its own that draws every fixture and prints the digests. Not a test itself."""

import asyncio
import hashlib
import json
import logging
import sys
from pathlib import Path
from typing import Any

import structlog

from egress.client import EgressClient
from egress.policy import Policy
from egress.proxy import EgressProxy
from renderer.engine import Renderer
from renderer.request import (
    AnimationOptions,
    DocumentOptions,
    Environment,
    Output,
    PictureOptions,
    RenderRequest,
    TemplateSource,
)
from renderer.settings import RendererSettings

FIXTURES = Path(__file__).resolve().parents[3] / "fixtures"


def outputs(meta: dict[str, Any]) -> list[Output]:
    width, height = meta["width"], meta["height"]
    if meta["outputFormat"] == "pdf":
        return [DocumentOptions(engine="chromium"), DocumentOptions(engine="weasyprint")]
    if meta["outputFormat"] == "gif":
        return [AnimationOptions(width=width, height=height, frames_per_second=6)]
    return [
        PictureOptions(format=one, width=width, height=height) for one in ("png", "jpeg", "webp")
    ]


async def main(data: Path) -> dict[str, str]:
    policy = Policy()
    proxy, client = EgressProxy(policy), EgressClient(policy)
    renderer = Renderer(RendererSettings(data_dir=data, browsers=1), proxy, client)
    digests: dict[str, str] = {}
    await renderer.start()
    for meta_file in sorted(FIXTURES.glob("*/meta.json")):
        folder = meta_file.parent
        source = TemplateSource(
            (folder / "template.html").read_text(),
            json.loads((folder / "variables.json").read_text()),
        )
        for output in outputs(json.loads(meta_file.read_text())):
            request = RenderRequest(
                "test", source, output, Environment(1_795_000_000_000_000), timeout=60
            )
            result = await renderer.render(request)
            name = f"{folder.name} {getattr(output, 'engine', '')} {result.extension}"
            digests[name] = hashlib.sha256(result.data).hexdigest()
    await renderer.close()
    await proxy.close()
    await client.close()
    return digests


structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
print(json.dumps(asyncio.run(main(Path(sys.argv[1])))))  # noqa: T201  the answer of this program
