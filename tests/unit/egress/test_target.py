"""URLs taken apart strictly: every odd form is refused, never repaired."""

import pytest

from egress.errors import BlockedAddressError
from egress.target import Target

REFUSED = [
    "",
    "/relative",
    "//127.0.0.1/",
    "http:/127.0.0.1/",
    "http:///127.0.0.1/",
    "http:\\\\127.0.0.1\\",
    "http://127.1/",
    "http://127.0.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.1/",
    "http://017700000001/",
    "http://0177.0.0.1/",
    "http://0251.0376.0251.0376/",
    "http://169.254.43518/",
    "http://example.com:0/",
    "http://example.com:65536/",
    "http://example.com:8 0/",
    "http://example.com:+80/",
    "http://example.com@127.0.0.1/",
    "http://user:secret@example.com/",
    "http://example.com\\@127.0.0.1/",
    "http://127.0.0.1\\.example.com/",
    "http://127.0.0.1%00.example.com/",
    "http://127.0.0.1%09/",
    "http://exa\tmple.com/",
    "http://example.com/\r\nHost: 127.0.0.1",
    " http://example.com/",
    "http://[fe80::1%25eth0]/",
    "http://[fe80::1%eth0]/",
    "http://[::1/",
    "http://[::1]x/",
    "http://[127.0.0.1]/",
    "http://exa mple.com/",
    "http://-example.com/",
    "http://example..com/",
    "http://" + "a" * 300 + ".com/",
    "file:///etc/passwd",
    "FILE:///etc/passwd",
    "file:/etc/passwd",
    "file://localhost/etc/passwd",
    "\\\\localhost\\etc\\passwd",
    "view-source:file:///etc/passwd",
    "filesystem:http://x/",
    "blob:null/x",
    "ftp://127.0.0.1/",
    "gopher://127.0.0.1:6379/_INFO",
    "ws://127.0.0.1/",
    "wss://169.254.169.254/",
    "chrome://gpu",
    "devtools://devtools/bundled/inspector.html",
    "about:about",
    "data:text/html,x",
    "jar:http://x!/",
    "ssh://x/",
    "ldap://x/",
    "javascript:alert(1)",
]

READ = {
    "http://example.com": ("http", "example.com", 80, "/"),
    "HTTPS://EXAMPLE.com./a?b#c": ("https", "example.com", 443, "/a?b"),
    "http://example.com?x=1": ("http", "example.com", 80, "/?x=1"),
    "http://example.com:8080/a b".replace(" ", "%20"): ("http", "example.com", 8080, "/a%20b"),
    "http://127.0.0.1#@example.com/": ("http", "127.0.0.1", 80, "/"),
    "http://[::FFFF:127.0.0.1]:81/": ("http", "::ffff:7f00:1", 81, "/"),
    "http://bücher.example/ü": ("http", "xn--bcher-kva.example", 80, "/%C3%BC"),
    "http://①②⑦.⓪.⓪.①/": ("http", "127.0.0.1", 80, "/"),
    "http://127。0。0。1/": ("http", "127.0.0.1", 80, "/"),
    "http://ⓛocalhost/": ("http", "localhost", 80, "/"),
    "http://a_b.example/": ("http", "a_b.example", 80, "/"),
    "http://example.com/%0d%0aHost:%20127.0.0.1": (
        "http",
        "example.com",
        80,
        "/%0d%0aHost:%20127.0.0.1",
    ),
}


@pytest.mark.parametrize("url", REFUSED)
def test_what_is_no_plain_web_url_is_refused(url: str) -> None:
    with pytest.raises(BlockedAddressError):
        Target.of_url(url)


@pytest.mark.parametrize("url", READ)
def test_a_web_url_is_read_as_a_browser_reads_it(url: str) -> None:
    target = Target.of_url(url)
    assert (target.scheme, target.host, target.port, target.path) == READ[url]


def test_a_password_in_a_url_is_not_repeated_in_the_error() -> None:
    with pytest.raises(BlockedAddressError) as raised:
        Target.of_url("http://me:hunter2@example.com/")
    assert "hunter2" not in raised.value.message


@pytest.mark.parametrize("url", ["https://[2606:4700::1111]/", "http://example.com:8080/a?b=%20"])
def test_a_target_writes_the_url_that_it_was_read_from(url: str) -> None:
    assert Target.of_url(url).url == url
    assert Target.of_url(url).authority in url
