"""The parameters of the robot's body, and of its peers', where they are no discs."""

from vcp_cbf_safety.ros.parameter import Kind, Parameter

BODY_PARAMETERS = [
    Parameter(
        name='footprint', kind=Kind.STRING, default='',
        example='[[0.45, 0.25], [-0.45, 0.25], [-0.45, -0.25], [0.45, -0.25]]',
        description="Corners of the body in base_link [m], written as Nav2's footprint; at most "
        'six discs cover it, which the log names at start. To find them takes a tenth of a '
        'second. Empty where the body is a disc of body_radius, or body_discs',
        rule='empty, or 3 to 64 corners of a polygon around the axle centre that does not cross '
        'itself, none beyond 5 m',
    ),
    Parameter(
        name='body_discs', kind=Kind.DOUBLES, default=[], unit='m', example=[0.2, 0.0, 0.3],
        description='Discs that cover the body: x, y, radius of each in base_link, one after the '
        'other. Empty where footprint or body_radius says what the body is',
        rule='a multiple of three numbers, at most six discs; empty where footprint is given',
    ),
    Parameter(
        name='peer_footprint', kind=Kind.STRING, default='',
        example='[[0.45, 0.25], [-0.45, 0.25], [-0.45, -0.25], [0.45, -0.25]]',
        description="Corners of the peers' bodies in their base_link [m], as in footprint; the "
        'disc around the axle centre that contains the discs which cover them replaces '
        'peer_radius. Empty for peer_radius', rule='as footprint',
    ),
]  # fmt: skip
