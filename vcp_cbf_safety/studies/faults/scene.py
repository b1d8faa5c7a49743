"""The robot, what stands in its way, and the processes of one run."""

from collections.abc import Mapping

from vcp_cbf_safety.ros.node_spec import NodeSpec, ParameterValue

ROBOT = 'robot1'
PEER = 'robot2'
SIMULATOR = 'arena_sim'
DRIVER = 'nominal_driver'
FILTER = 'safety_filter'
RELAY = 'relay'

MODULES = {
    SIMULATOR: 'vcp_cbf_safety.sim.arena_sim_node',
    DRIVER: 'vcp_cbf_safety.sim.nominal_driver_node',
    FILTER: 'vcp_cbf_safety.ros.safety_filter_node',
    RELAY: 'vcp_cbf_safety.studies.faults.relay_node',
}

CONTROL_FREQUENCY = 50.0  # [Hz]
CRUISE = 0.6  # what the driver asks for [m/s]
DECELERATION = 1.0  # of the base, and what the filter assumes [m/s^2]
ODOM_TIMEOUT = 0.2
STUCK_TIMEOUT = 0.5  # odom_stuck_timeout, where it is on
CMD_TIMEOUT = 0.3
PEER_TIMEOUT = 0.3
BASE_TIMEOUT = 0.5  # the base stops by itself when no command has come for so long [s]

FRAME = 'map'
BODY_RADIUS = 0.15
ARENA = (-3.0, -1.2, 3.0, 1.2)
OBSTACLE = (0.7, 0.0, 0.3)

# The fault is injected when the robot has come this far [m]: at full speed, 1.15 m before it
# would hit the obstacle, which is before the filter begins to slow it down for that.
INJECTION_X = -0.9
# For what the filter finds out only when it looks around, once a second.
EARLY_INJECTION_X = -1.6


def nodes(
    *,
    with_peer: bool,
    filtered: bool = True,
    sim_time: bool = False,
    parameters: Mapping[str, ParameterValue] | None = None,
) -> list[NodeSpec]:
    """Simulator, relay, driver and filter.

    A driver that sees nothing aims at a point far behind an obstacle, or behind a peer that rolls
    slowly ahead.

    Args:
        with_peer: a peer instead of the obstacle.
        filtered: whether there is a filter; without one the driver drives the base.
        sim_time: take time from /clock, which the relay publishes.
        parameters: of the filter, beside those of this scene.
    """
    specs = [_simulator(with_peer, sim_time), _relay(with_peer, sim_time)]
    command = 'cmd_vel_nom_sent' if filtered else 'cmd_vel'
    specs.append(_driver(ROBOT, (10.0, 0.0), CRUISE, command))
    if with_peer:
        specs.append(_driver(PEER, (1.2, 0.0), 0.15, 'cmd_vel'))
    if filtered:
        specs.append(_filter(with_peer, sim_time, parameters or {}))
    return specs


def process_name(spec: NodeSpec) -> str:
    """Name of the process and of its log."""
    return spec.full_name.strip('/').replace('/', '.')


def _simulator(with_peer: bool, sim_time: bool) -> NodeSpec:
    parameters: dict[str, ParameterValue] = {
        'robots': [ROBOT, PEER] if with_peer else [ROBOT],
        'poses': [-2.0, 0.0, 0.0] + ([0.2, 0.0, 0.0] if with_peer else []),
        'arena': ARENA,
        'body_radius': BODY_RADIUS,
        'max_acceleration': DECELERATION,
        'command_timeout': BASE_TIMEOUT,
        'position_noise': 0.002,
        'world_frame': FRAME,
        'use_sim_time': sim_time,
    }
    if not with_peer:
        parameters['obstacles'] = OBSTACLE
    remappings = [
        (f'/{ROBOT}/odom', f'/{ROBOT}/odom_sent'),
        (f'/{ROBOT}/cmd_vel', f'/{ROBOT}/cmd_vel_received'),
        (f'/{PEER}/odom', f'/{PEER}/odom_sent'),
    ]
    return NodeSpec(
        executable=SIMULATOR, name=SIMULATOR, parameters=parameters, remappings=tuple(remappings)
    )


def _relay(with_peer: bool, sim_time: bool) -> NodeSpec:
    parameters: dict[str, ParameterValue] = {'publish_clock': sim_time}
    if with_peer:
        parameters['peers'] = [PEER]
    return NodeSpec(executable=RELAY, name=RELAY, namespace=ROBOT, parameters=parameters)


def _driver(robot: str, goal: tuple[float, float], speed: float, command: str) -> NodeSpec:
    return NodeSpec(
        executable=DRIVER,
        name=DRIVER,
        namespace=robot,
        parameters={
            'goal': goal, 'speed': speed, 'wait_for_start': True, 'world_frame': FRAME,
        },
        remappings=(('odom', 'odom_sent'), ('cmd_vel_nom', command)),
    )  # fmt: skip


def _filter(with_peer: bool, sim_time: bool, parameters: Mapping[str, ParameterValue]) -> NodeSpec:
    own: dict[str, ParameterValue] = {
        'control_frequency': CONTROL_FREQUENCY,
        'world_frame': FRAME,
        'arena': ARENA,
        'body_radius': BODY_RADIUS,
        'peer_radius': BODY_RADIUS,
        'vcp_offset': 0.1,
        'max_speed': CRUISE,
        'max_yaw_rate': 2.0,
        'max_deceleration': DECELERATION,
        'odom_timeout': ODOM_TIMEOUT,
        'cmd_timeout': CMD_TIMEOUT,
        'peer_timeout': PEER_TIMEOUT,
        'use_sim_time': sim_time,
    }
    if with_peer:
        own['peers'] = [PEER]
    return NodeSpec(
        executable=FILTER,
        name=FILTER,
        namespace=ROBOT,
        parameters=own | dict(parameters),
        remappings=(('obstacles', '/obstacles'),),
    )
