"""Every URL through our own requests: fetch, delivery, the check at save, a redirect's target."""

from urllib.parse import quote

import pytest
from support.ground import StubNames
from support.site import MARKER, Site
from support.urls import A_FIFTH, URLS, at

from egress.client import EgressClient
from egress.errors import BlockedAddressError

CASES = [pytest.param(url, marks=() if url in A_FIFTH else pytest.mark.full) for url in URLS]


@pytest.mark.parametrize("url", CASES)
async def test_x01_no_url_of_the_suite_leads_anywhere(
    client: EgressClient, forbidden: Site, redirects: Site, url: str
) -> None:
    url = at(url, forbidden.port)
    attempts = [
        lambda: client.fetch(url, timeout=3),
        lambda: client.post(url, b"{}", {}, 3),
        lambda: client.check(url),
        lambda: client.fetch(redirects.url(f"/302?to={quote(url, safe=':/?#[]@')}"), timeout=3),
        lambda: client.fetch(redirects.url(f"/307?to={quote(url, safe=':/?#[]@')}"), timeout=3),
    ]
    for attempt in attempts:
        with pytest.raises(BlockedAddressError) as raised:
            await attempt()
        assert MARKER not in raised.value.message
    assert forbidden.connections == 0


async def test_x01_the_positive_control_is_reached(
    client: EgressClient, allowed: Site, redirects: Site
) -> None:
    await client.check(allowed.url())
    await client.post(allowed.url("/post"), b"{}", {})
    await client.fetch(redirects.url(f"/302?to={allowed.url('/redirected')}"))
    assert allowed.paths == ["/post", "/redirected"]


async def test_x01_rebinding_between_check_and_request_leads_nowhere(
    client: EgressClient, forbidden: Site, names: StubNames
) -> None:
    await client.check(f"http://rebind.test:{forbidden.port}/")
    with pytest.raises(BlockedAddressError):
        await client.fetch(f"http://rebind.test:{forbidden.port}/")
    assert forbidden.connections == 0
