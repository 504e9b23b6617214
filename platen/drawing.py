"""The renderer and what it leaves the house by, built by hand for the service and the doctor."""

from dataclasses import dataclass

from egress.asset_cache import AssetCache
from egress.client import EgressClient
from egress.policy import Policy
from egress.proxy import EgressProxy
from egress.settings import EgressSettings
from platen.settings import Settings
from renderer.engine import Renderer
from renderer.jail import Jail
from renderer.jail_settings import JailSettings
from renderer.settings import RendererSettings

__all__ = ["Drawing", "build_drawing"]


@dataclass(frozen=True, slots=True)
class Drawing:
    """The renderer and its jail, the proxy of its browsers, the client of everything else."""

    proxy: EgressProxy
    client: EgressClient
    renderer: Renderer
    jail: Jail

    async def close(self) -> None:
        """End browsers and jails, then what they went out through."""
        await self.renderer.close()
        await self.proxy.close()
        await self.client.close()
        self.client.policy.resolver.close()


def build_drawing(settings: Settings) -> Drawing:
    """One policy for every request that leaves, and the renderer over it; nothing runs yet."""
    egress = settings.of(EgressSettings)
    policy = Policy(egress.egress_allow)
    proxy = EgressProxy(policy)
    client = EgressClient(policy)
    drawing = settings.of(RendererSettings)
    jail = Jail(settings.of(JailSettings), drawing.render_queue)
    renderer = Renderer(
        drawing,
        proxy,
        client,
        limits=egress.limits(),
        jail=jail,
        cache=AssetCache(client, egress.asset_cache_megabytes << 20, egress.asset_host_requests),
    )
    return Drawing(proxy, client, renderer, jail)
