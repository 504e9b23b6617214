"""H12: what docs/webhooks.md tells receivers to run, run; and the published packages."""

import json
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from jobs.webhooks.signature import new_secret, signature_headers

ROOT = Path(__file__).resolve().parents[3]
DOCUMENT = ROOT / "docs" / "webhooks.md"
BODY = '{"type": "batch.completed", "data": {"n": "ü"}}'
SECRET, OTHER = new_secret(), new_secret()

Message = tuple[Mapping[str, str], str]
Run = Callable[[Path, list[Message]], list[str]]


def signed(*valid: str, at: float = 0, message_id: str = "evt_1") -> dict[str, str]:
    moment = round(time.time() + at)
    return signature_headers(valid, message_id=message_id, at=moment, body=BODY)


def messages() -> dict[str, tuple[Message, str]]:
    """A receiver's day: what comes, and what it must say."""
    fresh = signed(SECRET)
    return {
        "other body": ((fresh, BODY + " "), "forged"),
        "other secret": ((signed(OTHER), BODY), "forged"),
        "other id": ((fresh | {"webhook-id": "evt_2"}, BODY), "forged"),
        "other moment": (
            (fresh | {"webhook-timestamp": str(int(time.time()) - 5)}, BODY),
            "forged",
        ),
        "too old": ((signed(SECRET, at=-310), BODY), "forged"),
        "too young": ((signed(SECRET, at=310), BODY), "forged"),
        "no headers": (({}, BODY), "forged"),
        "no moment": ((fresh | {"webhook-timestamp": "soon"}, BODY), "forged"),
        "nonsense": ((fresh | {"webhook-signature": "v1, v1,ü x"}, BODY), "forged"),
        "right": ((fresh, BODY), "new"),
        "recorded": ((fresh, BODY), "seen"),
        "tried again": ((signed(SECRET, at=-200), BODY), "seen"),
        "rotated": ((signed(OTHER, SECRET, message_id="evt_3"), BODY), "new"),
    }


def snippet(language: str) -> str:
    text = DOCUMENT.read_text("utf-8")
    found = re.search(rf"```{language}\n((?:(?!```).)*?receive.*?)```", text, re.DOTALL)
    assert found is not None
    return found[1]


def _output(command: list[str], folder: Path, **environment: str) -> list[str]:
    done = subprocess.run(
        command,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=os.environ | environment,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def _python(folder: Path, told: list[Message]) -> list[str]:
    place: dict[str, object] = {}
    exec(snippet("python"), place)
    receive, seen = place["receive"], set[str]()
    assert callable(receive)
    return [str(receive(SECRET, headers, body.encode(), seen)) for headers, body in told]


def _node(folder: Path, told: list[Message]) -> list[str]:
    program = f"""{snippet("js")}
        const seen = new Set()
        for (const [headers, body] of {json.dumps(told)}) {{
          console.log(receive({json.dumps(SECRET)}, headers, Buffer.from(body), seen))
        }}"""
    return _output(["node", "-e", program], folder)


def _php(folder: Path, told: list[Message]) -> list[str]:
    (folder / "told.json").write_text(json.dumps(told))
    (folder / "receive.php").write_text(
        f"""<?php
        declare(strict_types=1);
        {snippet("php")}
        $seen = [];
        foreach (json_decode(file_get_contents('told.json'), true) as [$headers, $body]) {{
            echo receive('{SECRET}', $headers, $body, $seen), "\\n";
        }}"""
    )
    return _output(["php", "receive.php"], folder)


_GO_MAIN = """
func main() {
	var told [][2]json.RawMessage
	data, _ := os.ReadFile("told.json")
	if err := json.Unmarshal(data, &told); err != nil {
		panic(err)
	}
	seen := map[string]bool{}
	for _, one := range told {
		var plain map[string]string
		var body string
		_ = json.Unmarshal(one[0], &plain)
		_ = json.Unmarshal(one[1], &body)
		headers := http.Header{}
		for name, value := range plain {
			headers.Set(name, value)
		}
		fmt.Println(receive(SECRET, headers, []byte(body), seen))
	}
}
"""


def _go(folder: Path, told: list[Message]) -> list[str]:
    (folder / "told.json").write_text(json.dumps(told))
    imports, _, rest = snippet("go").partition(")\n")
    head = imports.replace("import (", 'import (\n\t"encoding/json"\n\t"fmt"\n\t"os"')
    main = _GO_MAIN.replace("SECRET", json.dumps(SECRET))
    (folder / "main.go").write_text(f"package main\n\n{head})\n{rest}{main}")
    places = {"GOCACHE": str(folder / "cache"), "GOPATH": str(folder), "GO111MODULE": "off"}
    return _output(["go", "run", "main.go"], folder, **places)


RUNTIMES: dict[str, Run] = {"python": _python, "node": _node, "php": _php, "go": _go}


@pytest.mark.timeout(180)
@pytest.mark.parametrize("runtime", RUNTIMES)
def test_h12_the_documented_receiver_takes_each_event_once_and_nothing_old_or_forged(
    runtime: str, tmp_path: Path
) -> None:
    if runtime != "python" and shutil.which(runtime) is None:
        pytest.skip(f"{runtime} is not installed")
    told = messages()
    said = RUNTIMES[runtime](tmp_path, [message for message, _ in told.values()])
    assert dict(zip(told, said, strict=True)) == {
        name: wanted for name, (_, wanted) in told.items()
    }


def test_the_published_python_package_verifies() -> None:
    assert Webhook(SECRET).verify(BODY, signed(OTHER, SECRET))["type"] == "batch.completed"
    with pytest.raises(Exception, match="signature"):
        Webhook(SECRET).verify(BODY, signed(OTHER))


@pytest.fixture(scope="module")
def node_packages() -> Path:
    """Where `standardwebhooks` of npm is; installed once, into `out/`."""
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    folder = ROOT / "out" / "npm"
    if not (folder / "node_modules" / "standardwebhooks").exists():
        folder.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix"]
        try:
            done = subprocess.run(
                [*command, str(folder), "standardwebhooks@1.1.1"],
                capture_output=True,
                timeout=60,
                check=False,
            )
        except subprocess.TimeoutExpired:
            pytest.skip("npm's registry does not answer")
        if done.returncode:
            pytest.skip("npm's registry does not answer")
    return folder


@pytest.mark.timeout(120)
def test_the_published_node_package_verifies(node_packages: Path) -> None:
    told = [signed(SECRET), signed(OTHER, SECRET), signed(OTHER), signed(SECRET, at=-310)]
    program = f"""
        const {{ Webhook }} = require('standardwebhooks')
        const hook = new Webhook({json.dumps(SECRET)})
        for (const headers of {json.dumps(told)}) {{
          try {{ hook.verify({json.dumps(BODY)}, headers); console.log('right') }}
          catch (error) {{ console.log('wrong') }}
        }}"""
    said = _output(["node", "-e", program], node_packages)
    assert said == ["right", "right", "wrong", "wrong"]
