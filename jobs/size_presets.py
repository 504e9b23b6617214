"""The named sizes of pictures, one row each: what networks, advertisements and e-mails ask for."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from jobs.render.errors import UnknownSizeError

__all__ = ["SIZE_PRESETS", "SizePreset", "size_preset"]

SizeGroup = Literal["social", "display", "email", "web"]


@dataclass(frozen=True, slots=True)
class SizePreset:
    """A size in CSS pixels, and what it is for."""

    name: str
    group: SizeGroup
    width: int
    height: int
    title: str


SIZE_PRESETS: Mapping[str, SizePreset] = {
    row.name: row
    for row in (
        SizePreset("instagram-post", "social", 1080, 1080, "Instagram post, square"),
        SizePreset("instagram-portrait", "social", 1080, 1350, "Instagram post, upright"),
        SizePreset("instagram-landscape", "social", 1080, 566, "Instagram post, lying"),
        SizePreset("instagram-story", "social", 1080, 1920, "Instagram story or reel"),
        SizePreset("facebook-post", "social", 1200, 630, "Facebook post"),
        SizePreset("facebook-square", "social", 1080, 1080, "Facebook post, square"),
        SizePreset("facebook-story", "social", 1080, 1920, "Facebook story"),
        SizePreset("facebook-cover", "social", 1640, 624, "Facebook page cover, doubled"),
        SizePreset("facebook-event", "social", 1920, 1005, "Facebook event cover"),
        SizePreset("twitter-post", "social", 1600, 900, "X (Twitter) post"),
        SizePreset("twitter-header", "social", 1500, 500, "X (Twitter) profile header"),
        SizePreset("linkedin-post", "social", 1200, 627, "LinkedIn post"),
        SizePreset("linkedin-square", "social", 1200, 1200, "LinkedIn post, square"),
        SizePreset("linkedin-cover", "social", 1584, 396, "LinkedIn profile cover"),
        SizePreset("linkedin-company-cover", "social", 1128, 191, "LinkedIn company cover"),
        SizePreset("pinterest-pin", "social", 1000, 1500, "Pinterest pin"),
        SizePreset("youtube-thumbnail", "social", 1280, 720, "YouTube thumbnail"),
        SizePreset("youtube-banner", "social", 2560, 1440, "YouTube channel banner"),
        SizePreset("tiktok-video", "social", 1080, 1920, "TikTok cover"),
        SizePreset("snapchat-story", "social", 1080, 1920, "Snapchat story"),
        SizePreset("whatsapp-status", "social", 1080, 1920, "WhatsApp status"),
        SizePreset("medium-rectangle", "display", 300, 250, "Medium rectangle (IAB)"),
        SizePreset("large-rectangle", "display", 336, 280, "Large rectangle"),
        SizePreset("square", "display", 250, 250, "Square"),
        SizePreset("leaderboard", "display", 728, 90, "Leaderboard (IAB)"),
        SizePreset("super-leaderboard", "display", 970, 90, "Super leaderboard (IAB)"),
        SizePreset("billboard", "display", 970, 250, "Billboard (IAB)"),
        SizePreset("banner", "display", 468, 60, "Banner"),
        SizePreset("wide-skyscraper", "display", 160, 600, "Wide skyscraper (IAB)"),
        SizePreset("skyscraper", "display", 120, 600, "Skyscraper"),
        SizePreset("half-page", "display", 300, 600, "Half page (IAB)"),
        SizePreset("portrait", "display", 300, 1050, "Portrait (IAB)"),
        SizePreset("mobile-banner", "display", 320, 50, "Smartphone banner (IAB)"),
        SizePreset("large-mobile-banner", "display", 320, 100, "Large smartphone banner"),
        SizePreset("mobile-interstitial", "display", 320, 480, "Smartphone interstitial"),
        SizePreset("email-header", "email", 600, 200, "Head of an e-mail"),
        SizePreset("email-hero", "email", 1200, 600, "Hero of an e-mail, doubled"),
        SizePreset("email-banner", "email", 600, 150, "Strip in an e-mail"),
        SizePreset("email-signature", "email", 600, 180, "Signature of an e-mail"),
        SizePreset("og-image", "web", 1200, 630, "Open Graph image"),
        SizePreset("twitter-card", "web", 1200, 600, "X (Twitter) card with a large image"),
        SizePreset("blog-cover", "web", 1600, 840, "Cover of an article"),
        SizePreset("hero", "web", 1920, 1080, "Hero of a page"),
    )
}
"""Every preset by its name."""


def size_preset(name: str) -> SizePreset:
    """The preset of that name, in any case, with hyphens, underscores or spaces.

    Raises UnknownSizeError, which tells the nearest names.
    """
    wanted = name.strip().lower().replace("_", "-").replace(" ", "-")
    found = SIZE_PRESETS.get(wanted)
    if found is None:
        near = difflib.get_close_matches(wanted[:64], SIZE_PRESETS, n=3)
        meant = f"did you mean {' or '.join(near)}?" if near else "give width and height instead"
        raise UnknownSizeError(
            f"There is no size preset {name[:64]!r}: {meant} GET /templates/size-presets lists all"
        )
    return found
