"""Every way of asking in HTML, CSS and JavaScript, through the real headless shell."""

import pytest
from playwright.async_api import Browser
from support.ground import StubNames
from support.site import Asked, Site, answer, until
from support.vectors import FIRING, MARKUP, document

from egress.policy import Policy
from egress.port import ProxyPort

UNSEEN = {"websocket", "unload"}
"""A tunnel does not show its path; the last one is sent when the page is left."""

NEEDS_SCRIPTS = {"script", "module", "importmap", "modulepreload", "form", "ping"}

full = pytest.mark.full

TARGETS = [
    "127.0.0.1",
    pytest.param("localhost", marks=full),
    pytest.param("[::1]", marks=full),
    pytest.param("[::ffff:127.0.0.1]", marks=full),
    pytest.param("0.0.0.0", marks=full),
    pytest.param("multi.test", marks=full),
    pytest.param("cname.test", marks=full),
    pytest.param("v6only.test", marks=full),
]


class Home(Site):
    """Serves the page with the vectors, and headers that are vectors too."""

    def __init__(self, target: str, *, scripts: bool) -> None:
        text = document(target, scripts=scripts)
        headers = {
            "Link": f"<{target}linkheader>; rel=preload; as=image",
            "Content-Security-Policy-Report-Only": f"img-src 'none'; report-uri {target}report",
            "Reporting-Endpoints": f'default="{target}reporting"',
        }

        async def serve(asked: Asked, _reader, _writer) -> bytes:
            return answer(text if asked.path == "/" else "", kind="text/html", **headers)

        super().__init__(serve, ("127.0.0.3",))


async def leave(
    shell: Browser, port: ProxyPort, home: Home, seen, expected: set[str], scripts: bool
) -> None:
    """Open the page, wait until everything expected has been asked for, draw it, leave it."""
    context = await shell.new_context(
        proxy={"server": port.url},
        java_script_enabled=scripts,
        service_workers="block",
        accept_downloads=False,
    )
    page = await context.new_page()
    await page.goto(home.url(), wait_until="domcontentloaded", timeout=15_000)
    await until(lambda: expected <= seen(), what=lambda: expected - seen())
    await page.screenshot(timeout=15_000)
    await page.goto("about:blank")
    await context.close()


def expected_of(scripts: bool) -> set[str]:
    if scripts:
        return FIRING - UNSEEN
    return (FIRING & set(MARKUP)) - NEEDS_SCRIPTS


def names_in(urls) -> set[str]:
    return {url.split("/v/")[1].partition("/")[0] for url in urls if "/v/" in url}


@pytest.mark.parametrize("scripts", [True, False])
async def test_x01_the_positive_control_every_vector_reaches_an_open_canary(
    shell: Browser, port: ProxyPort, policy: Policy, allowed: Site, scripts: bool
) -> None:
    async with Home(allowed.url("/v/"), scripts=scripts) as home:
        port._policy = Policy([home.place, allowed.place], policy.resolver)
        await leave(
            shell, port, home, lambda: names_in(allowed.paths), expected_of(scripts), scripts
        )
    if scripts:
        await until(lambda: names_in(allowed.paths) >= FIRING)
    assert not [asked for asked in allowed.asked if asked.method == "UDP"]
    assert (await port.end()).blocked == ()


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("host", TARGETS)
async def test_x01_no_vector_reaches_the_canary(
    shell: Browser, port: ProxyPort, policy: Policy, forbidden: Site, host: str, scripts: bool
) -> None:
    async with Home(f"http://{host}:{forbidden.port}/v/", scripts=scripts) as home:
        port._policy = Policy([home.place], policy.resolver)
        refused = lambda: names_in(blocked.url for blocked in port.report().blocked)  # noqa: E731 - one use
        await leave(shell, port, home, refused, expected_of(scripts), scripts)
    assert forbidden.connections == 0


@pytest.mark.parametrize(
    "way",
    [
        "302",
        pytest.param("refresh-header", marks=full),
        pytest.param("meta", marks=full),
        pytest.param("chain5", marks=full),
    ],
)
async def test_x01_no_vector_reaches_the_canary_by_a_detour(
    shell: Browser, port: ProxyPort, policy: Policy, redirects: Site, forbidden: Site, way: str
) -> None:
    async with Home(redirects.url(f"/{way}?to={forbidden.url('/v/')}"), scripts=True) as home:
        port._policy = Policy([home.place, redirects.place], policy.resolver)
        refused = lambda: names_in(blocked.url for blocked in port.report().blocked)  # noqa: E731 - one use
        await leave(shell, port, home, refused, {"iframe"}, scripts=True)
    assert redirects.asked
    assert forbidden.connections == 0


async def test_x01_a_name_that_turns_private_leads_nowhere(
    shell: Browser, port: ProxyPort, names: StubNames, policy: Policy
) -> None:
    async with (
        Site(hosts=(names.OPEN,)) as public,
        Site(hosts=("127.0.0.1",), port=public.port) as private,
    ):
        port._policy = Policy([public.place], policy.resolver)
        context = await shell.new_context(proxy={"server": port.url})
        page = await context.new_page()
        answers = [await page.goto(f"http://rebind.test:{public.port}/")]
        await page.evaluate("fetch('/again', {cache: 'no-store'}).then((r) => r.status)")
        public._servers[0].close()  # a kept connection would be the same, judged address
        for connection in list(public._open):
            connection.transport.abort()
        status = await page.evaluate("fetch('/late', {cache: 'no-store'}).then((r) => r.status)")
        await context.close()
    assert answers[0]
    assert answers[0].status == 200
    assert status == 403
    assert names.asked.count("rebind.test") >= 2
    assert private.connections == 0
