"""Types and actions of markers: the numbers of visualization_msgs/Marker, known without ROS."""

from enum import IntEnum


class MarkerType(IntEnum):
    """What a marker looks like."""

    ARROW = 0
    CUBE = 1
    SPHERE = 2
    CYLINDER = 3
    LINE_STRIP = 4
    LINE_LIST = 5
    CUBE_LIST = 6
    SPHERE_LIST = 7
    POINTS = 8
    TEXT_VIEW_FACING = 9
    MESH_RESOURCE = 10
    TRIANGLE_LIST = 11
    ARROW_STRIP = 12


class MarkerAction(IntEnum):
    """What a message does with a marker."""

    ADD = 0
    DELETE = 2
    DELETEALL = 3
