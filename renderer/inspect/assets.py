"""Warnings about what a page named and did not get, and about pages with nothing on them."""

from collections.abc import Iterable

from renderer.chromium.assets import FailedAsset
from renderer.chromium.settle import Settled
from renderer.request import Warn

__all__ = ["asset_warnings", "document_warnings"]

_AT_MOST = 20


def asset_warnings(failed: Iterable[FailedAsset], blocked: Iterable[FailedAsset]) -> list[Warn]:
    """One warning for each asset that is missing and each request that was refused, 20 at most."""
    missing = [Warn("asset_failed", f"{one.url}: {one.reason}", {"url": one.url}) for one in failed]
    refused = [
        Warn("blocked_request", f"{one.url}: {one.reason}", {"url": one.url}) for one in blocked
    ]
    return (missing + refused)[:_AT_MOST]


def document_warnings(settled: Settled) -> list[Warn]:
    """What the document itself gives reason to mention."""
    warnings: list[Warn] = []
    if settled.empty:
        warnings.append(
            Warn("empty_document", "The document has neither text nor elements in its body.")
        )
    return warnings + [
        Warn("image_failed", f"An image could not be shown: {url}", {"url": url})
        for url in settled.broken
    ]
