"""What a request becomes at a redirect, by the Fetch standard."""

import pytest

from egress.errors import BlockedAddressError
from egress.outgoing import Outgoing

SECRET = {"Authorization": "Bearer x", "Cookie": "a=b", "X-Key": "k", "Accept": "text/csv"}


def post() -> Outgoing:
    return Outgoing.of("post", "https://a.test/x", SECRET | {"Content-Type": "a/b"}, b"body")


def test_another_origin_never_sees_what_was_meant_for_the_first() -> None:
    for place in ["https://b.test/", "http://a.test/", "https://a.test:444/", "//b.test/"]:
        assert set(post().redirected(307, place).headers) == {"accept", "user-agent"}


def test_the_same_origin_keeps_its_headers() -> None:
    assert post().redirected(308, "/y").headers["authorization"] == "Bearer x"


@pytest.mark.parametrize(
    ("status", "method", "content"),
    [(301, "GET", None), (302, "GET", None), (303, "GET", None), (307, "POST", b"body")],
)
def test_the_method_after_a_redirect_follows_the_standard(status, method, content) -> None:
    following = post().redirected(status, "/y")
    assert (following.method, following.content) == (method, content)
    assert ("content-type" in following.headers) == (content is not None)


def test_framing_headers_of_the_caller_are_ignored() -> None:
    fields = dict(
        Outgoing.of("GET", "http://a.test/", {"HOST": "b", "Content-Length": "9"}, None).fields()
    )
    assert fields["host"] == "a.test"
    assert "content-length" not in fields


@pytest.mark.parametrize(
    "place", ["file:///etc/passwd", "ftp://a/", "http://u@b/", "\\\\x\\y", "//[x", "//[::1"]
)
def test_a_redirect_to_anything_but_the_web_is_refused(place: str) -> None:
    with pytest.raises(BlockedAddressError):
        post().redirected(302, place)
