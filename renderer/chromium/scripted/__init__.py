"""Browsers that Playwright drives: pages with scripts, and whatever needs a context's own gear."""
