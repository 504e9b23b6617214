"""The browsers that are kept running, and the slots in them.

Who waits is served in two lanes and workspace by workspace; what dies, hangs or grows is replaced.
It must never know what is drawn in a slot, nor how.
"""

from renderer.pool.need import Need
from renderer.pool.own_pools import OwnPools
from renderer.pool.pool import Pool
from renderer.pool.pools import Pools
from renderer.pool.pressure import Pressure
from renderer.pool.slot import Slot

__all__ = ["Need", "OwnPools", "Pool", "Pools", "Pressure", "Slot"]
