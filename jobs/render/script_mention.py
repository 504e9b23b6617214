"""Whether raw HTML may hold scripts, told in one pass over it."""

import re

__all__ = ["mentions_scripts"]

_MENTION = re.compile(r"<script|javascript:|[\s\"'/]on[a-z]{2,30}\s{0,20}=", re.IGNORECASE)


def mentions_scripts(html: str) -> bool:
    """True for every page with a script, a handler's attribute or a `javascript:` URL.

    It may also be True for a page that only speaks of them: that one is drawn in a fresh context,
    which is slower and as right. A parser would be exact and takes quadratic time on hostile
    pages, which an event loop cannot afford; stored templates are parsed once, in the jail.
    """
    return _MENTION.search(html) is not None
