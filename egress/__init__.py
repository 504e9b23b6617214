"""Every request that leaves the service on somebody's behalf.

One policy resolves a name once, judges each address and dials only what it judged: for
Chromium (a loopback proxy), for WeasyPrint, CSV sources, bindings and webhooks.
It must never know who asked or what for, beyond the account it was given.
"""
