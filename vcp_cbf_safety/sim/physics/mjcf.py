"""Writes robots and what stands around them as MJCF, the model language of MuJoCo.

What was measured and why it is so: ellipsoid wheels keep the yaw rate (cylinders lose 3 to 10 %);
bodies are spheres or thin capsules and cylinders are tall capsules, because contacts of cylinders
that are nearly parallel now and then report centimetres that are not there.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from vcp_cbf_safety.sim.base import TIME_STEP, Pose
from vcp_cbf_safety.sim.physics.model import PhysicsModel
from vcp_cbf_safety.sim.physics.scene import PhysicsScene

# Height above the floor at which bodies touch and scanners look [m].
HEIGHT = 0.1
# Groups of geoms: rays see the first two.
STANDING, BODY, WHEEL, HULL = 0, 1, 2, 3
# Half the height of what stands, and of a body as a scanner sees it [m].
_TALL, _BODY_HALF = 1.0, 0.09
# Radius of the edges of a body that is a polygon [m]: its corners are rounded by as much.
_EDGE = 0.004
# How far the chassis is above the floor [m], and how far out it is so, as a share of the body.
_CLEARANCE, _UNDERSIDE_REACH = 0.005, 0.9
# Part of the lag that comes from the stiffness of a wheel's controller [s]; a filter makes the
# rest. Rotor and gear add so much of the load's inertia to the wheel. Without it, or with more
# stiffness, steps of 5 ms are too long: the robot and its wheels move at speeds of their own.
_SERVO_TIME, _ROTOR = 0.02, 0.25

# Who touches whom: wheels and casters the floor; bodies each other and what stands.
_FLOOR, _ROLLS, _SOLID = (1, 0), (0, 1), (2, 2)


def write_mjcf(models: Sequence[PhysicsModel], poses: Sequence[Pose], scene: PhysicsScene) -> str:
    """MJCF of robots on a floor.

    Robot i is body `robot<i>` with a free joint of that name, hinges `left<i>` and `right<i>`, and
    actuators that take the speeds of the wheels [rad/s]. Geoms are named `robot<i>.*` and, of what
    stands, `standing<k>` in the order of `PhysicsScene.names`.

    Args:
        models: one for each robot.
        poses: x, y, heading of each at the start [m, m, rad].
        scene: what stands.
    """
    root = Element('mujoco', model='vcp_cbf_safety')
    SubElement(root, 'compiler', angle='radian', autolimits='true')
    SubElement(root, 'option', timestep=f'{TIME_STEP}', cone='elliptic', impratio='10')
    SubElement(SubElement(root, 'default'), 'geom', solref='0.01 1', condim='3')
    world = SubElement(root, 'worldbody')
    _geom(world, 'floor', 'plane', (0, 0, 1), _FLOOR, WHEEL, friction=(1.0, 0.005, 0.0001))
    _add_scene(world, scene)
    actuators = Element('actuator')
    for index, (model, pose) in enumerate(zip(models, poses, strict=True)):
        _add_robot(world, actuators, index, model, pose)
    root.append(actuators)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding='unicode')


def _geom(
    parent: Element,
    name: str,
    kind: str,
    size: Sequence[float],
    touches: tuple[int, int],
    group: int,
    **more: Sequence[float] | float | str,
) -> None:
    values = {
        'name': name, 'type': kind, 'size': _text(size), 'contype': str(touches[0]),
        'conaffinity': str(touches[1]), 'group': str(group),
    }  # fmt: skip
    for key, each in more.items():
        values[key] = each if isinstance(each, str) else _text(each)
    SubElement(parent, 'geom', values)


def _text(value: Sequence[float] | float) -> str:
    numbers = value if isinstance(value, Sequence) else (value,)
    return ' '.join(f'{each:.9g}' for each in numbers)


def _add_scene(world: Element, scene: PhysicsScene) -> None:
    count = 0
    for circle in scene.circles:
        # Round ends stay below and above what there is.
        ends = (circle.x, circle.y, -circle.radius, circle.x, circle.y, _TALL + circle.radius)
        _geom(
            world, f'standing{count}', 'capsule', (circle.radius,), _SOLID, STANDING, fromto=ends
        )
        count += 1
    for box in scene.boxes:
        half = (0.5 * box.length, 0.5 * box.width, 0.5 * _TALL)
        _geom(
            world, f'standing{count}', 'box', half, _SOLID, STANDING,
            pos=(box.x, box.y, 0.5 * _TALL), euler=(0.0, 0.0, box.yaw),
        )  # fmt: skip
        count += 1
    if scene.arena is None:
        return
    arena = scene.arena
    walls = (
        (arena.x_min, 0.0, 1.0, 0.0), (arena.x_max, 0.0, -1.0, 0.0),
        (0.0, arena.y_min, 0.0, 1.0), (0.0, arena.y_max, 0.0, -1.0),
    )  # fmt: skip
    for x, y, inward_x, inward_y in walls:
        _geom(
            world, f'standing{count}', 'plane', (0, 0, 1), _SOLID, STANDING,
            pos=(x, y, 0.0), zaxis=(inward_x, inward_y, 0.0),
        )  # fmt: skip
        count += 1


def _add_robot(
    world: Element, actuators: Element, index: int, model: PhysicsModel, pose: Pose
) -> None:
    x, y, heading = pose
    turned = (math.cos(0.5 * heading), 0.0, 0.0, math.sin(0.5 * heading))
    name = f'robot{index}'
    body = SubElement(world, 'body', name=name, pos=_text((x, y, 0.0)), quat=_text(turned))
    SubElement(body, 'freejoint', name=name)
    SubElement(
        body, 'inertial', pos=_text(model.chassis_center), mass=_text(model.chassis_mass),
        diaginertia=_text(model.chassis_inertia),
    )  # fmt: skip
    _add_hull(body, name, model)
    for number, (ahead, aside) in enumerate(model.casters):
        radius = model.caster_radius
        _geom(
            body, f'{name}.caster{number}', 'sphere', (radius,), _ROLLS, WHEEL,
            pos=(ahead, aside, radius), condim='1', priority='1', mass=0.0,
        )  # fmt: skip
    _add_underside(body, name, model)
    for side, aside in (('left', 0.5 * model.track), ('right', -0.5 * model.track)):
        _add_wheel(body, actuators, f'{side}{index}', f'{name}.{side}', aside, model)


def _add_hull(body: Element, name: str, model: PhysicsModel) -> None:
    """What touches, and what scanners of others see."""
    if not model.footprint:
        radius = model.body_radius
        _geom(
            body, f'{name}.hull', 'sphere', (radius,), _SOLID, HULL, pos=(0, 0, HEIGHT), mass=0.0
        )
        _geom(
            body, f'{name}.seen', 'cylinder', (radius, _BODY_HALF), (0, 0), BODY,
            pos=(0, 0, HEIGHT), mass=0.0,
        )  # fmt: skip
        return
    edges = pairwise((*model.footprint, model.footprint[0]))
    middle = [sum(axis) / len(model.footprint) for axis in zip(*model.footprint, strict=True)]
    for number, ((ax, ay), (bx, by)) in enumerate(edges):
        length, yaw = math.hypot(bx - ax, by - ay), math.atan2(by - ay, bx - ax)
        # Inwards is to the left of an edge that runs around anticlockwise.
        nx, ny = -math.sin(yaw), math.cos(yaw)
        if nx * (middle[0] - ax) + ny * (middle[1] - ay) < 0.0:
            nx, ny = -nx, -ny
        tx, ty = math.cos(yaw) * _EDGE, math.sin(yaw) * _EDGE
        ends = (
            ax + nx * _EDGE + tx, ay + ny * _EDGE + ty, HEIGHT,
            bx + nx * _EDGE - tx, by + ny * _EDGE - ty, HEIGHT,
        )  # fmt: skip
        _geom(
            body, f'{name}.hull{number}', 'capsule', (_EDGE,), _SOLID, HULL, fromto=ends, mass=0.0
        )
        _geom(
            body, f'{name}.seen{number}', 'box', (0.5 * length, 0.5 * _EDGE, _BODY_HALF), (0, 0),
            BODY, mass=0.0, euler=(0, 0, yaw),
            pos=(0.5 * (ax + bx + nx * _EDGE), 0.5 * (ay + by + ny * _EDGE), HEIGHT),
        )  # fmt: skip


def _add_underside(body: Element, name: str, model: PhysicsModel) -> None:
    """Where the chassis rests when it tilts, so that a push does not turn the robot over."""
    reach = _UNDERSIDE_REACH * model.body_radius
    around = ((reach, 0.0), (0.0, reach), (-reach, 0.0), (0.0, -reach))
    inside = tuple((_UNDERSIDE_REACH * x, _UNDERSIDE_REACH * y) for x, y in model.footprint)
    for number, (ahead, aside) in enumerate(inside or around):
        height = _CLEARANCE + model.caster_radius
        _geom(
            body, f'{name}.under{number}', 'sphere', (model.caster_radius,), _ROLLS, WHEEL,
            pos=(ahead, aside, height), condim='1', priority='1', mass=0.0,
        )  # fmt: skip


def _add_wheel(
    body: Element, actuators: Element, joint: str, geom: str, aside: float, model: PhysicsModel
) -> None:
    radius, mass = model.wheel_radius, model.wheel_mass
    wheel = SubElement(body, 'body', name=joint, pos=_text((0.0, aside, radius)))
    load = 0.5 * model.mass * radius**2
    SubElement(
        wheel, 'joint', name=joint, type='hinge', axis='0 1 0', armature=_text(_ROTOR * load)
    )
    spin, across = 0.5 * mass * radius**2, mass * (3 * radius**2 + model.wheel_width**2) / 12
    SubElement(
        wheel, 'inertial', pos='0 0 0', mass=_text(mass), diaginertia=_text((across, spin, across))
    )
    _geom(
        wheel, geom, 'ellipsoid', (radius, 0.5 * model.wheel_width, radius), _ROLLS, WHEEL,
        friction=(model.wheel_friction, 0.005, 0.0001), priority='1',
    )  # fmt: skip
    gain = ((1.0 + _ROTOR) * load + spin) / _SERVO_TIME
    servo = {
        'name': joint, 'joint': joint, 'gainprm': _text(gain), 'biastype': 'affine',
        'biasprm': _text((0.0, 0.0, -gain)),
        'forcerange': _text((-model.motor_torque, model.motor_torque)),
    }  # fmt: skip
    if model.motor_lag > _SERVO_TIME:
        servo |= {'dyntype': 'filterexact', 'dynprm': _text(model.motor_lag - _SERVO_TIME)}
    SubElement(actuators, 'general', servo)
