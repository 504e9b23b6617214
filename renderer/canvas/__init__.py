"""Canvases: a page of our own in which fabric draws what composition has filled in."""
