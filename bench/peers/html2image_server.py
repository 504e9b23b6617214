"""html2image behind Python's own HTTP server; runs in a virtual environment of its own."""

import contextlib
import ctypes
import itertools
import json
import os
import tempfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from html2image import Html2Image

_PR_SET_CHILD_SUBREAPER = 36
_folder = Path(tempfile.mkdtemp(dir=os.environ["BENCH_SCRATCH"]))
_names = itertools.count()


def _drawn(job: dict) -> bytes:
    flags = ["--hide-scrollbars", "--font-render-hinting=none"]
    if os.geteuid() == 0:
        flags.append("--no-sandbox")
    # A profile for each: two browsers on one profile wait for each other.
    with tempfile.TemporaryDirectory(dir=_folder, ignore_cleanup_errors=True) as profile:
        drawing = Html2Image(
            browser_executable=os.environ["BENCH_HEADLESS_SHELL"],
            output_path=str(_folder),
            temp_path=str(_folder),
            size=(job["width"], job["height"]),
            custom_flags=[*flags, f"--user-data-dir={profile}"],
        )
        name = f"{next(_names)}.png"
        drawing.screenshot(html_str=job["html"], save_as=name)
    picture = _folder / name
    try:
        return picture.read_bytes()
    finally:
        picture.unlink(missing_ok=True)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        job = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        try:
            status, body = 200, _drawn(job)
        except Exception as error:
            status, body = 500, repr(error).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


# Grandchildren that outlive their parent become our children, so that their time is counted.
ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
real_stdout = os.dup(1)
os.write(real_stdout, f"{server.server_port}\n".encode())
with contextlib.redirect_stdout(Path(os.devnull).open("w")):
    server.serve_forever()
