"""The switches without which Chromium would find ways around the proxy."""

__all__ = ["PROXY_BYPASS", "SWITCHES"]

PROXY_BYPASS = "<-loopback>"
"""The bypass list: without it Chromium asks loopback addresses directly."""

SWITCHES = (
    # Names are for the proxy to look up; the browser itself knows only the proxy's address.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    # UDP knows no proxy. The policy must be this switch's value: as a switch of its own
    # (--webrtc-ip-handling-policy) the headless shell ignores it, and STUN leaves the machine.
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
    # Reports and pings that the browser sends on its own account.
    "--disable-domain-reliability",
    "--no-pings",
)
