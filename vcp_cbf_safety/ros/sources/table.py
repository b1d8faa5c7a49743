"""All sources of hazards."""

from vcp_cbf_safety.ros.sources.map import MapSource
from vcp_cbf_safety.ros.sources.markers import MarkerSource
from vcp_cbf_safety.ros.sources.peers import PeerSource
from vcp_cbf_safety.ros.sources.scans import ScanSource
from vcp_cbf_safety.ros.sources.source import Context, Source
from vcp_cbf_safety.ros.sources.static import StaticSource
from vcp_cbf_safety.ros.sources.trackers import TrackerSource
from vcp_cbf_safety.ros.sources.transforms import TransformSource

# In this order they are asked, and their reasons to brake count.
SOURCES = (
    TransformSource, StaticSource, MapSource, MarkerSource, TrackerSource, PeerSource, ScanSource,
)  # fmt: skip


def make_sources(context: Context) -> list[Source]:
    """One source of each kind."""
    return [make(context) for make in SOURCES]
