"""SafetyFilter: from nominal command, robot and hazards to a safe command. No ROS, no I/O."""

from dataclasses import replace
from time import perf_counter

import numpy as np

from vcp_cbf_safety.advice import Advised, Advisor, advised, mark_corrected
from vcp_cbf_safety.assembly import Assembly, assemble
from vcp_cbf_safety.braking import next_of_stop
from vcp_cbf_safety.command import Outcome, SafeCommand, StepTiming, led_around, outcome_of_stop
from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.deadlock import DeadlockResolver
from vcp_cbf_safety.discs import Discs
from vcp_cbf_safety.errors import InputError, VcpCbfError
from vcp_cbf_safety.explanation import explained, outside_arena
from vcp_cbf_safety.hazards import Hazards, discs_of
from vcp_cbf_safety.let_out import let_out
from vcp_cbf_safety.pieces import Piece
from vcp_cbf_safety.prediction import (
    Ahead,
    CommandHistory,
    predict_discs,
    predict_extremes,
    predict_robot,
)
from vcp_cbf_safety.program import Solution, Status, solve
from vcp_cbf_safety.response import respond_speed
from vcp_cbf_safety.rollout import Checked, safe_scale
from vcp_cbf_safety.sanity import check_apart, check_numbers, check_timing, is_late
from vcp_cbf_safety.scene import Scene, scene_of_discs
from vcp_cbf_safety.surroundings import surroundings_of
from vcp_cbf_safety.unicycle import LARGEST_NUMBER, RobotState, Twist2D, stands

# The roll-out would hide that one of these is missing.
_CHECKED_BY_ROLL_OUT = frozenset({Piece.SAMPLED_TIME, Piece.BODY_ROWS, Piece.BRAKING_LAW})


class SafetyFilter:
    """Turns nominal commands into safe ones, one instance per robot.

    It remembers the commands it has sent, because the base is still following them when the next
    odometry arrives, and how long the robot has been held up.

    Args:
        config: the filter's parameters.
        without: pieces of the guarantee to leave out, for studies only.
        advisor: corrects nominal commands; None for nobody.

    Attributes:
        advisor: the one to ask in the next step; may be exchanged, or set to None, at any time.
    """

    def __init__(
        self,
        config: FilterConfig,
        *,
        without: frozenset[Piece] = frozenset(),
        advisor: Advisor | None = None,
    ) -> None:
        self.advisor = advisor
        self._config = config
        self._without = without
        self._history = CommandHistory()
        self._deadlock = DeadlockResolver(config)
        # whether the robot brakes because the last cycle was late; it waits for one in time
        self._late = False
        # how much of the newest command the look along the way to standing has let out
        self._check = Checked(1.0)
        self._window = config.period
        # of the base when the newest command takes effect, as far as it is known [m/s]
        self._speed = 0.0

    @property
    def config(self) -> FilterConfig:
        """The filter's parameters."""
        return self._config

    def reconfigure(self, config: FilterConfig) -> None:
        """Take other parameters from the next step on; what has been sent is not forgotten."""
        self._config = config
        self._deadlock = DeadlockResolver(config)

    def step(
        self,
        nominal: Twist2D,
        robot: RobotState,
        hazards: Hazards,
        elapsed: float | None = None,
        goal: tuple[float, float] | None = None,
    ) -> SafeCommand:
        """Closest safe command for this cycle.

        Args:
            nominal: what the robot is asked to do.
            robot: where it is and how it moves, in the world frame of the hazards.
            hazards: what its body must not touch.
            elapsed: time since the last command was sent [s]; one period when not given or no
                time at all (negative, NaN). A robot that was told to move, and hears later than
                `hold_time` of the configuration what to do next, is told to brake first.
            goal: where it is to go in the end, x and y [m]; leads it around obstacles better.

        Returns:
            A command inside the configured limits, whatever the input: a nominal command, state,
            goal or hazard that is no sensible number stops the robot and is named in `reason`.
        """
        started = perf_counter()
        elapsed = self._elapse(elapsed)
        self._window = min(elapsed, self._config.period)
        told = self._history.newest
        moving = self._late or not stands(told.v, told.omega)
        self._late = moving and is_late(self._config, elapsed)
        try:
            check_numbers(nominal, robot, goal)
            check_timing(self._config, robot, self._late, elapsed)
            seen = discs_of(hazards)
            predicted = self._predict_discs(seen)
            scene = scene_of_discs(hazards.arena, predicted)
            starts = self._predict_robot(robot)
            ahead = starts[0].state
            check_apart(self._config, robot, ahead, predicted, seen)
        except VcpCbfError as error:
            return self._brake(str(error), elapsed, robot)
        self._speed = ahead.speed
        self._deadlock.notice(robot, told, elapsed)
        plan = advised(self.advisor, self._config, nominal, ahead, scene)
        assembly = self._assemble(plan, starts, scene)
        outside = outside_arena(assembly, len(scene.wall_offsets), self._config.body_radius)
        aside = (
            None if outside else self._turned_aside(nominal, ahead, scene, assembly, elapsed, goal)
        )
        if aside is not None:
            # Led around, a robot follows no correction: it was meant for another command.
            plan = plan._replace(nominal=aside, corrected=False)
            assembly = self._assemble(plan, starts, scene)
        built = perf_counter()
        solution = solve(assembly.program)
        solved = perf_counter()
        command = self._command(assembly, solution, robot, starts, scene, seen)
        if aside is not None:
            command = led_around(command, assembly.nearest)
        elif plan.corrected:
            command = mark_corrected(command)
        command = explained(command, nominal, assembly, solution, outside)
        self._history.send(Twist2D(command.v, command.omega))
        total = perf_counter() - started
        timing = StepTiming(built - started, solved - built, total, plan.seconds)
        return replace(command, timing=timing, advice=plan.remark)

    def brake(self, reason: str, elapsed: float | None = None) -> SafeCommand:
        """Command of a cycle without usable input: stop with the full deceleration, then stand.

        It does not turn, and leads what the base does by its lag, so that the base brakes as hard
        as when it is told to stand at once: the manoeuvre that the roll-out has looked at.

        Args:
            reason: one sentence for people.
            elapsed: time since the last command was sent [s]; one period when not given.
        """
        return self._brake(reason, self._elapse(elapsed), None)

    def note_sent(self, command: Twist2D, elapsed: float | None = None) -> None:
        """Remember a command that went to the base past the filter (shadow mode, other source).

        Raises:
            InputError: if the command is not finite or outside the limits; the base cannot have
                followed it.
        """
        config = self._config
        if not (
            config.min_speed <= command.v <= config.max_speed
            and abs(command.omega) <= config.max_yaw_rate
        ):
            raise InputError(f'{command} is outside the limits of the base; it was not noted')
        self._elapse(elapsed)
        self._history.send(command)
        self._deadlock.let_go()
        self._speed = 0.0  # nobody has predicted it; a stop then is told at once

    def _elapse(self, elapsed: float | None) -> float:
        """Let time pass; a clock that goes back counts as one period."""
        seconds = self._config.period if elapsed is None else elapsed
        seconds = min(seconds, LARGEST_NUMBER) if seconds >= 0.0 else self._config.period
        self._history.elapse(seconds)
        return seconds

    def _predict_robot(self, robot: RobotState) -> list[Ahead]:
        """Where the robot will be, and where else a legal base may be."""
        if Piece.PREDICTION in self._without:
            return [Ahead(replace(robot, age=0.0))]
        expected = Ahead(predict_robot(self._config, robot, self._history))
        return [expected, *predict_extremes(self._config, robot, self._history)]

    def _predict_discs(self, seen: Discs) -> Discs:
        if Piece.PREDICTION in self._without:
            return seen
        return predict_discs(self._config, seen)

    def _assemble(self, plan: Advised, starts: list[Ahead], scene: Scene) -> Assembly:
        return assemble(
            self._config,
            plan.nominal,
            starts[0].state,
            scene,
            self._history.newest,
            self._without,
            [each.state for each in starts[1:]],
            self._window,
        )

    def _turned_aside(
        self,
        nominal: Twist2D,
        robot: RobotState,
        scene: Scene,
        assembly: Assembly,
        elapsed: float,
        goal: tuple[float, float] | None,
    ) -> Twist2D | None:
        """The command that leads around what holds the robot up; None while nothing does."""
        if not self._config.resolve_deadlock:
            return None
        aside = self._deadlock.resolve(
            nominal,
            robot,
            assembly.body_barriers,
            assembly.body_normals,
            scene.moving,
            elapsed,
            goal,
        )
        return None if aside is nominal else aside

    def _command(
        self,
        assembly: Assembly,
        solution: Solution,
        robot: RobotState,
        starts: list[Ahead],
        scene: Scene,
        seen: Discs,
    ) -> SafeCommand:
        if Piece.SAFE_FALLBACK in self._without and not solution.keeps_all_rows:
            program = assembly.program
            v, omega = np.clip(program.u_nom, program.lower, program.upper).tolist()
            return SafeCommand(v, omega, Outcome.RELAXED, assembly.nearest, assembly.min_barrier)
        if solution.status is Status.UNSOLVED:
            return self._fallback(assembly, starts[0].state)
        found = Twist2D(*solution.u.tolist())
        checked = self._checked(found, assembly, robot, starts, scene, seen)
        return let_out(assembly, solution, checked)

    def _checked(
        self,
        command: Twist2D,
        assembly: Assembly,
        robot: RobotState,
        starts: list[Ahead],
        scene: Scene,
        seen: Discs,
    ) -> Checked:
        if not self._without.isdisjoint(_CHECKED_BY_ROLL_OUT):
            return Checked(1.0)
        around = surroundings_of(
            self._config, seen, scene, assembly, robot, starts, command,
            Piece.FORESIGHT not in self._without,
        )  # fmt: skip
        self._check = safe_scale(
            self._config,
            command,
            starts,
            around,
            Twist2D(*assembly.program.u_nom.tolist()),
            self._history.newest,
            self._check,
            self._window,
        )
        return self._check

    def _fallback(self, assembly: Assembly, robot: RobotState) -> SafeCommand:
        """Nothing can be trusted to keep the body rows: stop. Never the clamped nominal."""
        v = next_of_stop(self._config, robot.speed, self._history.newest.v)
        return SafeCommand(
            v,
            0.0,
            outcome_of_stop(v, robot.speed, robot),
            assembly.nearest,
            assembly.min_barrier,
            assembly.program.violation(np.array((v, 0.0))),
            'no command inside the limits keeps the body off every hazard',
        )

    def _brake(self, reason: str, elapsed: float, robot: RobotState | None) -> SafeCommand:
        last = self._history.newest.v
        if elapsed > 0.0:
            self._speed, _ = respond_speed(self._config, self._speed, last, elapsed)
        v = next_of_stop(self._config, self._speed, last)
        self._history.send(Twist2D(v, 0.0))
        self._deadlock.let_go()
        return SafeCommand(v, 0.0, outcome_of_stop(v, self._speed, robot), reason=reason)
