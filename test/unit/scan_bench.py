"""A scanner on a robot that drives on an arc, and what it sees."""

import math

import numpy as np

from vcp_cbf_safety import RobotState
from vcp_cbf_safety.motion.pose_history import PoseHistory
from vcp_cbf_safety.motion.unicycle import advance
from vcp_cbf_safety.sensing.laser_scan import LaserScan, Mount
from vcp_cbf_safety.sensing.scanner import Scanner, ScannerConfig
from vcp_cbf_safety.sim.lidar import Lidar

LIDAR = Lidar()
MOUNT = Mount(0.1, -0.05, 0.3)
# Centre and radius [m].
POST = np.array([[1.0, 0.0, 0.1]])
NO_WALLS = np.zeros((0, 4))


def driving(pose: tuple[float, float, float], v: float, omega: float) -> PoseHistory:
    """Odometry from time 0 to 1 of a robot on an arc."""
    history = PoseHistory()
    for k in range(101):
        history.note(RobotState(*advance(pose, v, omega, 0.01 * k), v, omega), 0.01 * k)
    return history


def scanner_poses(history: PoseHistory, mount: Mount, times: np.ndarray) -> np.ndarray:
    poses = []
    for x, y, heading in history.at(times).tolist():
        cosine, sine = math.cos(heading), math.sin(heading)
        poses.append((
            x + cosine * mount.x - sine * mount.y,
            y + sine * mount.x + cosine * mount.y,
            heading + mount.yaw,
        ))  # fmt: skip
    return np.array(poses)


def scan_of(
    lidar: Lidar,
    discs: np.ndarray,
    history: PoseHistory,
    stamp: float = 0.5,
    time_increment: float = 0.0,
    seed: int = 0,
) -> LaserScan:
    times = stamp + time_increment * np.arange(lidar.beams)
    poses = scanner_poses(history, MOUNT, times)
    ranges = lidar.scan(poses, discs, NO_WALLS, np.random.default_rng(seed))
    return LaserScan(
        ranges, lidar.angle_min, lidar.angle_increment, lidar.range_min, lidar.range_max, stamp,
        time_increment,
    )  # fmt: skip


def scanner(**settings: object) -> Scanner:
    return Scanner(ScannerConfig(mount=MOUNT, **settings), 'scan')
