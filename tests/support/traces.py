"""A site on loopback that remembers who was there, and pages that leave traces or look for them."""

import io
import itertools
import json
import threading
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from PIL import Image

__all__ = ["COLORS", "EMPTY", "TraceSite"]

FONT = Path(__file__).resolve().parents[2] / "fonts" / "amiri" / "Amiri-Regular.ttf"
PATIENCE_S = 20
"""How long one page waits for the other before it goes on, in seconds."""

COLORS = ((0, 255, 0), (255, 0, 0), (0, 0, 255))
"""What the n-th asker for a picture gets."""

EMPTY = {
    "cookie": "",
    "sent": "",
    "localStorage": None,
    "sessionStorage": None,
    "indexedDB": [],
    "caches": [],
    "files": [],
    "auth": 401,
    "name": "",
    "locks": [],
    "sharedWorker": None,
    "serviceWorkers": 0,
    "channel": [],
    "referrer": "",
}
"""What a page finds where nobody has been."""

LOOK = """
async function look() {
  const heard = [];
  const channel = new BroadcastChannel("room");
  channel.onmessage = event => heard.push(event.data);
  const worker = new SharedWorker("/worker.js", "room");
  const state = await new Promise(done => { worker.port.onmessage = event => done(event.data) });
  const files = [];
  for await (const name of (await navigator.storage.getDirectory()).keys()) files.push(name);
  await new Promise(done => setTimeout(done, 150));
  return {
    cookie: document.cookie,
    sent: await (await fetch("/cookies")).text(),
    localStorage: localStorage.getItem("secret"),
    sessionStorage: sessionStorage.getItem("secret"),
    indexedDB: (await indexedDB.databases()).map(one => one.name),
    caches: await caches.keys(),
    files,
    auth: (await fetch("/auth")).status,
    name: window.name,
    locks: (await navigator.locks.query()).held.map(one => one.name),
    sharedWorker: state,
    serviceWorkers: (await navigator.serviceWorker.getRegistrations()).length,
    channel: [...new Set(heard)],
    referrer: document.referrer,
    nonce: await (await fetch("/cached", {cache: "force-cache"})).text(),
  };
}
const say = (path, what) => fetch(path, {method: "POST", body: JSON.stringify(what)});
"""

LEAVE = """
async function leave(secret) {
  document.cookie = `secret=${secret}; max-age=3600`;
  localStorage.setItem("secret", secret);
  sessionStorage.setItem("secret", secret);
  await new Promise((done, failed) => {
    const opening = indexedDB.open("secret");
    opening.onsuccess = done; opening.onerror = failed;
  });
  await (await caches.open("secret")).put("/in-cache", new Response(secret));
  await (await navigator.storage.getDirectory()).getFileHandle("secret", {create: true});
  await new Promise(done => {
    const asking = new XMLHttpRequest();
    asking.open("GET", "/auth", true, "user", "password");
    asking.onloadend = done;
    asking.send();
  });
  window.name = secret;
  navigator.locks.request("secret", () => new Promise(() => {}));
  const worker = new SharedWorker("/worker.js", "room");
  await new Promise(done => {
    worker.port.onmessage = event => event.data === secret && done();
    worker.port.postMessage(secret);
  });
  try { await navigator.serviceWorker.register("/worker.js") } catch {}
  const channel = new BroadcastChannel("room");
  setInterval(() => channel.postMessage(secret), 10);
}
"""

WORKER = """
let state = null;
onconnect = event => {
  const port = event.ports[0];
  port.onmessage = message => { state = message.data; port.postMessage(state) };
  port.postMessage(state);
};
"""

VISIT = """
const next = {"/first": "/second", "/second": "/third"}[location.pathname];
document.body.innerHTML = "<style>body{margin:0}a{display:block;height:40px;background:#0f0}"
  + "a:visited{background:#f00}</style><a href=/second?run=go>&nbsp;</a>";
if (next) { location.href = next + "?run=go" } else { document.body.id = "done" }
"""

PAGES = {
    "/first": VISIT,
    "/second": VISIT,
    "/third": VISIT,
    # Stays, with everything that it left, until the other page has looked.
    "/leave": LOOK
    + LEAVE
    + """(async () => {
      await leave("of " + run);
      const seen = await look();
      await say("/left?run=" + run, seen);
      await fetch("/until-looked?run=" + run);
    })()""",
    "/look": LOOK
    + """(async () => {
      await fetch("/until-left?run=" + run);
      await say("/looked?run=" + run, await look());
    })()""",
}


class TraceSite(ThreadingHTTPServer):
    """The site. `left` and `looked` are the pages' reports by run; `asked` counts by path."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Visit)
        self.left: dict[str, dict[str, Any]] = {}
        self.looked: dict[str, dict[str, Any]] = {}
        self.asked: dict[str, int] = defaultdict(int)
        self.hooks: list[dict[str, Any]] = []
        self.nonces = itertools.count(1)
        self.events: dict[str, threading.Event] = defaultdict(threading.Event)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,))
        self._thread.start()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.server_port}"

    def url(self, path: str) -> str:
        return f"http://{self.place}{path}"

    def close(self) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Visit(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: TraceSite

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        run = parse_qs(url.query).get("run", [""])[0]
        self.server.asked[self.path] += 1
        if url.path in PAGES:
            self._page(PAGES[url.path], run)
        elif url.path == "/cookies":
            self._answer(self.headers.get("Cookie", ""))
        elif url.path == "/cached":
            kept = {"Cache-Control": "public, max-age=3600, immutable"}
            self._answer(f"nonce {next(self.server.nonces)}", **kept)
        elif url.path == "/auth":
            self._auth()
        elif url.path == "/worker.js":
            self._answer(WORKER, "text/javascript")
        elif url.path in {"/until-left", "/until-looked"}:
            self.server.events[f"{url.path[7:]} {run}"].wait(PATIENCE_S)
            self._answer("")
        else:
            self._asset(url.path)

    def _page(self, script: str, run: str) -> None:
        text = f"<!doctype html><body><script>const run = {json.dumps(run)};{script}"
        if script is not VISIT:
            text += ".finally(() => { document.body.id = 'done' })"
        hidden = {"Set-Cookie": f"hidden={run}; HttpOnly"} if "leave(" in script else {}
        self._answer(text + "</script>", "text/html", **hidden)

    def _auth(self) -> None:
        if self.headers.get("Authorization"):
            self._answer("in")
        else:
            self._answer("", status=401, **{"WWW-Authenticate": 'Basic realm="room"'})

    def _asset(self, path: str) -> None:
        kept = {
            "Cache-Control": "public, max-age=3600, immutable",
            "Access-Control-Allow-Origin": "*",
        }
        nth = self.server.asked[self.path] - 1
        color = COLORS[min(nth, len(COLORS) - 1)]
        if path.endswith(".png"):
            self._answer(_solid(color), "image/png", **kept)
        elif path.endswith(".css"):
            self._answer(f"body{{background:rgb{color}}}", "text/css", **kept)
        elif path.endswith(".ttf") and nth == 0:
            self._answer(FONT.read_bytes(), "font/ttf", **kept)
        else:
            self._answer("", status=404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        url = urlsplit(self.path)
        run = parse_qs(url.query).get("run", [""])[0]
        if url.path == "/hook":
            self.server.hooks.append(json.loads(body))
        else:
            getattr(self.server, url.path[1:])[run] = json.loads(body)
            self.server.events[f"{url.path[1:]} {run}"].set()
        self._answer("")

    def _answer(
        self, body: str | bytes, kind: str = "text/plain", status: int = 200, **headers: str
    ) -> None:
        data = body.encode() if isinstance(body, str) else body
        self.send_response(status)
        for name, value in {
            "Content-Type": kind,
            "Content-Length": str(len(data)),
            **headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 - its name there


def _solid(color: tuple[int, int, int]) -> bytes:
    picture = io.BytesIO()
    Image.new("RGB", (8, 8), color).save(picture, "PNG")
    return picture.getvalue()
