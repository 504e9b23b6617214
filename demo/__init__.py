"""`make demo`: the whole service once, as a user would drive it, leaving real files in `out/`."""
