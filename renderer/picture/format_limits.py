"""What the formats themselves can hold."""

__all__ = ["LARGEST_SIDES"]

LARGEST_SIDES = {"webp": 16_383, "jpeg": 65_500}
"""Pixels of a side: WebP has 14 bits for it, and libjpeg ends there."""
