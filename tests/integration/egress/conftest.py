"""The fixtures of the egress tests."""

from support.ground import allowed, client, forbidden, names, policy, proxy, redirects

__all__ = ["allowed", "client", "forbidden", "names", "policy", "proxy", "redirects"]
