"""Warnings about what a page named and did not get, and about pages with nothing on them."""

from egress.models import EgressReport
from renderer.chromium.settle import Settled
from renderer.request import Warn

__all__ = ["asset_warnings", "document_warnings"]

_AT_MOST = 20


def asset_warnings(report: EgressReport) -> list[Warn]:
    """One warning for each request that was refused and each asset that is missing, 20 at most.

    The codes are the same for every engine and lane.
    """
    lost = [("blocked_request", one) for one in report.blocked]
    lost += [("asset_failed", one) for one in report.failed]
    return [
        Warn(code, f"{one.url}: {one.reason}", {"url": one.url}) for code, one in lost[:_AT_MOST]
    ]


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
