"""What a browser on the pipe is started with beside the switches of all our browsers."""

__all__ = ["PIPE_SWITCHES"]

_FEATURES_OFF = (
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    # The first frame of a document is drawn at once.
    "PaintHolding",
)

_MOUSE = (
    "primaryHoverType=2",
    "availableHoverTypes=2",
    "primaryPointerType=4",
    "availablePointerTypes=4",
)

PIPE_SWITCHES = (
    "--headless",
    "--remote-debugging-pipe=cbor",
    "--no-startup-window",
    "--no-first-run",
    # Nothing is done that no render asked for.
    "--disable-back-forward-cache",
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-field-trial-config",
    "--disable-sync",
    "--metrics-recording-only",
    "--password-store=basic",
    "--use-mock-keychain",
    f"--disable-features={','.join(_FEATURES_OFF)}",
    # Every page is drawn at its full pace, seen or not.
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-hang-monitor",
    "--disable-renderer-backgrounding",
    # It looks the same everywhere, and as in the other kind of browser: a mouse, one colour space.
    f"--blink-settings={','.join(_MOUSE)}",
    "--force-color-profile=srgb",
    "--hide-scrollbars",
    # Containers have 64 MB of /dev/shm: less than a large picture takes.
    "--disable-dev-shm-usage",
    # A canvas that fills the memory of our script ends its page, instead of taking gigabytes.
    "--js-flags=--max-old-space-size=512",
    # What it says while it dies is for the log; nothing else is worth the disk.
    "--log-level=3",
)
