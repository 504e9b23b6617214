"""One page: the protocol's session with it, what it looks like, and the frames that it draws."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import suppress
from itertools import count
from typing import TYPE_CHECKING, Any, TypeVar

from renderer.chromium.protocol import ProtocolError, Tab, binary
from renderer.chromium.view import View
from renderer.errors import BrowserLostError, PageCrashedError, PageFailedError

if TYPE_CHECKING:
    from renderer.chromium.browser import Browser

__all__ = ["Page"]

_T = TypeVar("_T")

_FIRST_FRAMES = 50
"""A new page's first frames carry no picture; more than so many without one is a fault."""

_MOVES = 40
_MOVE_S = 0.05
"""How often, and how long after, a page that goes elsewhere while it is asked is asked again."""

_FRAME_S = 5
"""A frame holds up every page of the browser; one that takes longer ends its page."""

_LATE_S = 0.2
"""More for an answer that may be there already, unread."""

_TOLD_S = 0.15
"""Between a call's failure and the word that the page's process has ended."""

_CLOSE_S = 3.0
_CRASH_S = 0.5
_DESTROY_S = 1.2
"""Together less than two seconds, after which a slot has to be free again."""


class Page:
    """A page of its own context. Whatever ends it (crash, loss) fails all that waits on it.

    `world`: the execution context of what is evaluated; None is the page's own.
    """

    def __init__(self, browser: "Browser", tab: Tab) -> None:
        self.browser = browser
        self.tab = tab
        self.stained = False
        self.world: int | None = None
        self._session = tab.session
        self._view: View | None = None
        self._leaving = False
        self._reason: Exception | None = None
        self._ended = asyncio.Event()
        self._closing: asyncio.Task[None] | None = None
        self._waiting: set[asyncio.Future[Any]] = set()
        tab.when_ended(self._left)

    def _left(self) -> None:
        """It has gone by itself, unless we have just made it go."""
        if self.alive and not self._leaving:
            self.browser.crashes += 1
        self.gone(PageCrashedError())

    @property
    def alive(self) -> bool:
        """Whether it can still be driven, as far as is known."""
        return self._reason is None

    def on(self, event: str, handler: Callable[[dict[str, Any]], None]) -> None:
        """Call `handler` with the parameters of each protocol event of this name."""
        self._session.on(event, handler)

    def off(self, event: str, handler: Callable[[dict[str, Any]], None]) -> None:
        """Stop calling `handler`."""
        self._session.off(event, handler)

    async def send(self, method: str, parameters: Mapping[str, Any] | None = None) -> Any:
        """Call the protocol. Raises BrowserLostError, PageCrashedError or PageFailedError."""
        return await self.guard(self._session.send(method, parameters or {}))

    async def guard(self, work: Awaitable[_T]) -> _T:
        """Await `work` on this page, but no longer than the page lives."""
        task = asyncio.ensure_future(work)
        if self._reason:
            task.cancel()
            raise self._reason
        self._waiting.add(task)
        try:
            return await task
        except asyncio.CancelledError:
            if self._reason and not _cancelled_from_outside():
                raise self._reason from None
            raise
        except ProtocolError as error:
            raise await self._explained(error) from error
        finally:
            self._waiting.discard(task)

    async def _explained(self, error: ProtocolError) -> Exception:
        """What the error means. Calls to a process that has ended fail before its end is told."""
        if self.browser.alive and not error.closed:
            await self._told()
        return self._translated(error)

    async def _told(self) -> None:
        """Give the word that the page has ended the time to arrive."""
        with suppress(TimeoutError):
            async with asyncio.timeout(_TOLD_S):
                await self._ended.wait()

    def _translated(self, error: ProtocolError) -> Exception:
        if self._reason:
            return self._reason
        if "crashed" in error.message:
            return PageCrashedError()
        if not self.browser.alive or error.closed:
            self.browser.kill()  # nobody closed this page: browser or driver have gone
            return BrowserLostError(error.message.partition("\n")[0])
        return PageFailedError(f"The page could not be driven: {error.message}")

    def gone(self, reason: Exception) -> None:
        """Note that the page is no more, and fail what waits on it."""
        if self._reason is None:
            self._reason = reason
            self._ended.set()
            for task in list(self._waiting):
                task.cancel()

    async def show(self, view: View) -> None:
        """Take on size, scale, background and preferences; only what changes is sent."""
        commands = view.commands(self._view)
        self._view = None
        if commands:
            await asyncio.gather(*(self.send(method, what) for method, what in commands))
        self._view = view

    def looks(self, view: View) -> None:
        """Note how it looks already."""
        self._view = view

    async def load_html(self, html: str) -> None:
        """Replace the document by this text (its address stays about:blank)."""
        await self.send("Page.setDocumentContent", {"frameId": self.tab.frame_id, "html": html})

    async def evaluate(self, expression: str, *arguments: Any) -> Any:
        """The value of `expression`, a function if there are arguments; promises are awaited.

        Scripts of a page that has them switched off stay off. A page that goes elsewhere meanwhile
        (a meta refresh) is asked again. Raises PageFailedError if it throws.
        """
        if arguments:
            expression = f"({expression})({','.join(json.dumps(one) for one in arguments)})"
        asked = {"expression": expression, "awaitPromise": True, "returnByValue": True}
        asked |= _within(self.world)
        for look in count(1):
            try:
                return _checked(await self.send("Runtime.evaluate", asked)).get("value")
            except PageFailedError as error:
                went = isinstance(error.__cause__, ProtocolError) and error.__cause__.navigated
                if not went or look == _MOVES:
                    raise
                await asyncio.sleep(_MOVE_S)
        raise AssertionError("count() never ends")

    async def reference(self, expression: str, world: int | None = None) -> str:
        """A handle on the value of `expression` in a world, None being the page's own."""
        answer = await self.send("Runtime.evaluate", {"expression": expression} | _within(world))
        return str(_checked(answer)["objectId"])

    async def call(self, reference: str, function: str, *arguments: Any) -> Any:
        """The value of `function`, called with the referred value as its `this`; arguments are
        handed over as data. Promises are awaited.
        """
        answer = await self.send(
            "Runtime.callFunctionOn",
            {
                "objectId": reference,
                "functionDeclaration": function,
                "arguments": [{"value": one} for one in arguments],
                "awaitPromise": True,
                "returnByValue": True,
            },
        )
        return _checked(answer).get("value")

    async def frame(self) -> None:
        """Let the page's clock tick once without drawing: layout, callbacks, decoding go on."""
        await self._begin_frame({"noDisplayUpdates": True})

    async def draw(self, screenshot: Mapping[str, Any]) -> bytes:
        """One frame as an encoded picture (`format`, `quality`, `optimizeForSpeed`)."""
        for _ in range(_FIRST_FRAMES):
            answer = await self._begin_frame({"screenshot": dict(screenshot)})
            if data := answer.get("screenshotData"):
                return binary(data)
        await self._told()
        raise self._reason or PageFailedError("The browser drew no picture of the page.")

    async def _begin_frame(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        # A frame that was asked for must end before another page of the browser may draw, even if
        # nobody waits for it any more.
        return await asyncio.shield(self._keep(self._locked_frame(parameters)))

    async def _locked_frame(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        async with self.browser.frame_lock:
            frame = self._keep(self.send("HeadlessExperimental.beginFrame", parameters))
            # The second time is for what has come while we ourselves stood still.
            for seconds in (_FRAME_S, _LATE_S):
                done, _ = await asyncio.wait([frame], timeout=seconds)
                if done:
                    return await frame
            frame.cancel()
            answers, _ = await asyncio.gather(self.browser.answers(_CRASH_S), self.destroy())
            if not answers:  # all of it stands still, not the page
                raise BrowserLostError("the browser did not answer")
            raise PageFailedError(
                f"Drawing one frame of the page took longer than {_FRAME_S} s. Make it "
                "simpler, or look for a script that never ends."
            )

    def _keep(self, work: Coroutine[Any, Any, _T]) -> "asyncio.Task[_T]":
        task = asyncio.create_task(work)
        task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return task

    async def close(self, within: float = _CLOSE_S) -> None:
        """Close the page's context in `within` seconds; if that fails, the whole browser ends.

        It is closed once: whoever comes later waits for that, since a context that has gone
        already answers as if it could not be closed.
        """
        self._leaving = True
        if self._closing is None:
            self._closing = self._keep(self._close(within))
        await asyncio.shield(self._closing)

    async def _close(self, within: float) -> None:
        self.browser.forget(self)
        try:
            async with asyncio.timeout(within):
                await self.tab.close()
        except (ProtocolError, TimeoutError):
            if self.browser.alive:
                self.browser.kill()
        finally:
            self.gone(BrowserLostError("the page was closed"))

    async def destroy(self) -> None:
        """End a page that may hang: its process is brought down first, even in `while(1)`."""
        self._leaving = True
        if self._closing is not None:
            await self.close()
            return
        crash = asyncio.ensure_future(self._session.send("Page.crash", {}))
        crash.add_done_callback(lambda done: done.cancelled() or done.exception())
        with suppress(TimeoutError):
            async with asyncio.timeout(_CRASH_S):
                await self._ended.wait()
        await self.close(_DESTROY_S)
        crash.cancel()


def _within(world: int | None) -> dict[str, Any]:
    return {} if world is None else {"contextId": world}


def _cancelled_from_outside() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def _checked(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The result of a script. Raises PageFailedError with what it threw."""
    if details := answer.get("exceptionDetails"):
        thrown = details.get("exception", {})
        text = str(thrown.get("description") or thrown.get("value") or details.get("text"))
        # Where in a script of ours it was thrown says nothing to whoever wrote the page.
        said = text.partition("\n    at ")[0]
        raise PageFailedError(f"A script on the page failed: {said[:500]}")
    return answer["result"]
