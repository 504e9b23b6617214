"""Every type of event, with the sentence that documentation and OpenAPI say of it."""

from collections.abc import Mapping

__all__ = ["EVENT_TYPES", "TEST_EVENT"]

EVENT_TYPES: Mapping[str, str] = {
    "render.completed": "A render was made and kept, an item of a batch too.",
    "render.failed": "A render failed, an item of a batch too.",
    "batch.progress": "A batch is another tenth further.",
    "batch.completed": "A batch ended and at least one item succeeded.",
    "batch.failed": "A batch ended without a single success.",
    "batch.cancelled": "Somebody cancelled a batch.",
    "binding.updated": "The data of a binding changed and it was rendered again.",
    "binding.failed": "A binding could not be refreshed.",
    "template.published": "Another version of a template is the published one.",
    "webhook.disabled": "A subscription ended because its target failed for days.",
}

TEST_EVENT = "webhook.test"
"""What a test of a subscription sends; nobody subscribes to it."""
