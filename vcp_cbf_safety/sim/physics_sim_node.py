"""Node physics_sim: robots with wheels, motors, mass and contacts, in the place of arena_sim."""

import math
import sys
from collections.abc import Sequence
from pathlib import Path

from builtin_interfaces.msg import Time
from geometry_msgs.msg import Pose as PoseMessage
from nav_msgs.msg import OccupancyGrid
from rclpy.node import Node
from rclpy.parameter import Parameter
from rosgraph_msgs.msg import Clock
from visualization_msgs.msg import MarkerArray

from vcp_cbf_safety.ros.running import run
from vcp_cbf_safety.sim.arena_sim_node import ArenaSim
from vcp_cbf_safety.sim.box import Box
from vcp_cbf_safety.sim.lidar import Lidar
from vcp_cbf_safety.sim.messages import box_marker
from vcp_cbf_safety.sim.node_support import LATCHED, ParameterError, declare, declare_list
from vcp_cbf_safety.sim.physics.map_file import GridMap, boxes_of, read_map
from vcp_cbf_safety.sim.physics.model import read_model
from vcp_cbf_safety.sim.physics.scene import PhysicsScene
from vcp_cbf_safety.sim.physics.world import PhysicsWorld
from vcp_cbf_safety.sim.world import AnyWorld
from vcp_cbf_safety.sim.world_parameters import declare_arena, declare_circles, declare_starts

_SOURCES = ('truth', 'encoders')


class PhysicsSim(ArenaSim):
    """Steps a `PhysicsWorld` in real time; topics are those of `ArenaSim`.

    Beside these it publishes /clock, which all stamps keep to (`use_sim_time` for the others), and
    /map (latched) where there is a map. Boxes are in /obstacles too.
    """

    def __init__(self) -> None:
        super().__init__('physics_sim')
        self._clock_topic = self.create_publisher(Clock, '/clock', 10)
        if self._grid is not None:
            self._map = self.create_publisher(OccupancyGrid, '/map', LATCHED)
            self._map.publish(_map_message(self._grid, self.stamp(), self.frame))

    def make_world(self) -> AnyWorld:
        """Declare model and scene, and make the world."""
        name = declare(self, 'model', 'turtlebot4', 'Model of config/physics, or a .yaml file')
        source = declare(
            self, 'odometry', 'truth', "'truth' with the model's noise, or 'encoders', which drift"
        )
        path = declare(self, 'map', '', "YAML file of a map as of a map server; '' for none")
        if source not in _SOURCES:
            raise ParameterError(f'odometry is {source!r}; it must be truth or encoders')
        starts = declare_starts(self)
        self._boxes = _declare_boxes(self)
        self._model = read_model(name)
        self._grid = read_map(Path(path)) if path else None
        standing = boxes_of(self._grid) if self._grid is not None else ()
        scene = PhysicsScene(declare_arena(self), declare_circles(self), (*self._boxes, *standing))
        seed = declare(self, 'seed', 0, 'Seed of all noise')
        return PhysicsWorld(starts, self._model, scene, seed=seed, counted=source == 'encoders')

    def make_lidar(self) -> tuple[Lidar | None, float]:
        """The scanner of the model."""
        return self._model.lidar, self._model.scan_frequency

    def markers(self, stamp: Time, frame: str) -> MarkerArray:
        """Cylinders and boxes."""
        made = super().markers(stamp, frame)
        for box in self._boxes:
            made.markers.append(box_marker(box, len(made.markers), stamp, frame))
        return made

    def stamp(self) -> Time:
        """The time of the simulation, which /clock says first."""
        seconds, rest = divmod(self.world.time, 1.0)
        return Time(sec=int(seconds), nanosec=min(round(1e9 * rest), 999_999_999))

    def stepped(self) -> None:
        """Tell the others what time it is."""
        self._clock_topic.publish(Clock(clock=self.stamp()))


def _declare_boxes(node: Node) -> tuple[Box, ...]:
    flat = declare_list(
        node, 'boxes', Parameter.Type.DOUBLE_ARRAY,
        'Boxes x, y, yaw, length, width in the world frame, flat [m, rad]', 5,
    )  # fmt: skip
    boxes = tuple(Box(*flat[k : k + 5]) for k in range(0, len(flat), 5))
    for index, box in enumerate(boxes):
        sizes = (box.length, box.width)
        if not all(0.0 < each < math.inf for each in sizes) or not all(
            math.isfinite(each) for each in (box.x, box.y, box.yaw)
        ):
            raise ParameterError(f'boxes[{index}] is {box}; its sizes must be positive')
    return boxes


def _map_message(grid: GridMap, stamp: Time, frame: str) -> OccupancyGrid:
    message = OccupancyGrid()
    message.header.stamp = stamp
    message.header.frame_id = frame
    message.info.resolution = grid.resolution
    message.info.height, message.info.width = grid.occupied.shape
    message.info.origin = PoseMessage()
    message.info.origin.position.x, message.info.origin.position.y = grid.x, grid.y
    message.data = (100 * grid.occupied.astype('int8')).ravel().tolist()
    return message


def main(args: Sequence[str] | None = None) -> int:
    """Run the node."""
    return run(PhysicsSim, 'physics_sim', args)


if __name__ == '__main__':
    sys.exit(main())
