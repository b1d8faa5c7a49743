"""Codes that say, in a word for programs, why a cycle did what it did."""

from enum import Enum


class ReasonCode(str, Enum):
    """Why the command is what it is; beside it there is a sentence for people."""

    NONE = ''  # the nominal command, or the closest one that the rows allow
    # Of the filter itself.
    BAD_INPUT = 'bad_input'  # a command, state, goal or hazard is no sensible number
    OLD_STATE = 'old_state'  # the robot's state is older than the filter remembers
    LATE_CYCLE = 'late_cycle'  # the cycle comes later than a command may stay in force
    INSIDE_BODY = 'inside_body'  # a hazard has its centre inside the robot's body
    NO_COMMAND = 'no_command'  # no command inside the limits keeps the body off every hazard
    RELAXED = 'relaxed'  # rows contradict each other; the least important gave way
    SLOWED = 'slowed'  # the way to standing, or what moves by itself, allows no more
    HELD_UP = 'held_up'  # the robot stands although it is asked to move
    NARROW_GAP = 'narrow_gap'  # it is in a gap too narrow for its body and margins
    LED_AROUND = 'led_around'  # it is led around what held it up
    SPEED_LIMIT = 'speed_limit'  # no scanner looks where it would drive
    OUTSIDE_ARENA = 'outside_arena'  # its body is outside the arena
    CORRECTED = 'corrected'  # a learned correction went into the command
    # Of the node around it.
    INPUT_FAULT = 'input_fault'  # an input is missing, late or contradicts itself
    AWAITS_RELEASE = 'awaits_release'  # odometry started again; the robot stands until released
    EMERGENCY_STOP = 'emergency_stop'
    IDLE = 'idle'  # nobody wants to drive
    INACTIVE = 'inactive'
    SHUTTING_DOWN = 'shutting_down'

    def __str__(self) -> str:
        return self.value
