"""SafetyFilter: from nominal command, robot and hazards to a safe command. No ROS, no I/O."""

from dataclasses import replace
from time import perf_counter

from vcp_cbf_safety.checks.let_out import caught_up, let_out, no_command
from vcp_cbf_safety.checks.look_ahead import largest_gentle
from vcp_cbf_safety.checks.rollout import Checked, safe_scale
from vcp_cbf_safety.checks.sanity import check_apart, check_numbers, check_timing, is_late
from vcp_cbf_safety.checks.surroundings import surroundings_of
from vcp_cbf_safety.command import SafeCommand, StepTiming, led_around, outcome_of_stop
from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.errors import InputError, VcpCbfError
from vcp_cbf_safety.explanation import explained, outside_arena
from vcp_cbf_safety.hazards.hazards import Hazards, discs_of
from vcp_cbf_safety.hazards.relevance import relevant
from vcp_cbf_safety.motion.braking import next_of_stop
from vcp_cbf_safety.motion.prediction import CommandHistory, Prediction, predict
from vcp_cbf_safety.motion.response import respond_speed
from vcp_cbf_safety.motion.unicycle import LARGEST_NUMBER, RobotState, Twist2D, stands
from vcp_cbf_safety.nominal.advice import Advisor, advised, mark_corrected
from vcp_cbf_safety.nominal.deadlock import DeadlockResolver
from vcp_cbf_safety.qp.assembly import Assembly, assemble, rules_of
from vcp_cbf_safety.qp.program import Solution, Status, solve
from vcp_cbf_safety.reason_code import ReasonCode
from vcp_cbf_safety.record import Record


class SafetyFilter:
    """Turns nominal commands into safe ones, one instance per robot.

    It remembers the commands it has sent, because the base is still following them when the next
    odometry arrives, and how long the robot has been held up.

    Args:
        config: the filter's parameters.
        advisor: corrects nominal commands; None for nobody.

    Attributes:
        advisor: the one to ask in the next step; may be exchanged, or set to None, at any time.
    """

    def __init__(self, config: FilterConfig, *, advisor: Advisor | None = None) -> None:
        self.advisor = advisor
        self._config = config
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
            prediction = self._predict(robot, hazards)
            check_apart(self._config, prediction)
        except VcpCbfError as error:
            return self._brake(str(error), elapsed, robot, error.code)
        ahead = prediction.ahead
        self._speed = ahead.speed
        self._deadlock.notice(robot, told, elapsed)
        plan = advised(self.advisor, self._config, nominal, ahead, prediction.scene)
        assembly = self._assemble(plan.nominal, prediction)
        walls = len(prediction.scene.wall_offsets)
        outside = outside_arena(assembly, walls, self._config.discs)
        aside = None
        if self._config.resolve_deadlock and not outside:
            aside = self._turned_aside(nominal, prediction, assembly, elapsed, goal)
        if aside is not None:
            # Led around, a robot follows no correction: it was meant for another command.
            plan = plan._replace(nominal=aside, corrected=False)
            assembly = self._assemble(plan.nominal, prediction)
        built = perf_counter()
        solution = solve(assembly.program)
        solved = perf_counter()
        checked = Checked(0.0)
        if solution.status is not Status.UNSOLVED:
            checked = self._look(assembly, solution, prediction)
        command = self._let_out(assembly, solution, checked, ahead)
        command = caught_up(command, assembly, prediction, self._config.hold_time)
        if aside is not None:
            command = led_around(command, assembly.nearest)
        elif plan.corrected:
            command = mark_corrected(command)
        command = explained(command, nominal, assembly, solution, outside, prediction.speed_limits)
        self._history.send(Twist2D(command.v, command.omega))
        record = Record(nominal, plan.nominal, prediction, assembly, solution, checked)
        total = perf_counter() - started
        timing = StepTiming(built - started, solved - built, total, plan.seconds)
        return replace(command, timing=timing, advice=plan.remark, record=record)

    def brake(
        self,
        reason: str,
        elapsed: float | None = None,
        code: ReasonCode = ReasonCode.INPUT_FAULT,
    ) -> SafeCommand:
        """Command of a cycle without usable input: stop with the full deceleration, then stand.

        It does not turn, and leads what the base does by its lag, so that the base brakes as hard
        as when it is told to stand at once: the manoeuvre that the roll-out has looked at.

        Args:
            reason: one sentence for people.
            elapsed: time since the last command was sent [s]; one period when not given.
            code: the reason in a word for programs.
        """
        return self._brake(reason, self._elapse(elapsed), None, code)

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

    def _predict(self, robot: RobotState, hazards: Hazards) -> Prediction:
        seen = discs_of(hazards)
        if self.advisor is None:  # a network may look at all of them
            seen = relevant(self._config, robot, seen)
        return predict(self._config, robot, hazards, seen, self._history)

    def _assemble(self, nominal: Twist2D, prediction: Prediction) -> Assembly:
        rules, last = rules_of(self._config), self._history.newest
        return assemble(self._config, rules, nominal, prediction, last, self._window)

    def _turned_aside(
        self,
        nominal: Twist2D,
        prediction: Prediction,
        assembly: Assembly,
        elapsed: float,
        goal: tuple[float, float] | None,
    ) -> Twist2D | None:
        """The command that leads around what holds the robot up; None while nothing does."""
        aside = self._deadlock.resolve(
            nominal,
            prediction.ahead,
            assembly.body_barriers,
            assembly.body_normals,
            prediction.scene.moving,
            elapsed,
            goal,
        )
        return None if aside is nominal else aside

    def _look(self, assembly: Assembly, solution: Solution, prediction: Prediction) -> Checked:
        """Look along the way to standing: how much of the program's answer may go out."""
        command, scale = Twist2D(*solution.u.tolist()), 1.0
        if self._check.scale < 1.0 and command.v != 0.0:
            scale = largest_gentle(self._config, self._window, command.v, self._history.newest.v)
        self._check = safe_scale(
            self._config,
            command,
            prediction.starts,
            surroundings_of(self._config, prediction, assembly, command, scale),
            Twist2D(*assembly.program.u_nom.tolist()),
            self._history.newest,
            self._check,
            self._window,
        )
        return self._check

    def _let_out(
        self, assembly: Assembly, solution: Solution, checked: Checked, robot: RobotState
    ) -> SafeCommand:
        if solution.status is Status.UNSOLVED:
            # Nothing can be trusted to keep the body rows: stop. Never the clamped nominal.
            v = next_of_stop(self._config, robot.speed, self._history.newest.v)
            return no_command(assembly, v, robot)
        return let_out(assembly, solution, checked)

    def _brake(
        self, reason: str, elapsed: float, robot: RobotState | None, code: ReasonCode
    ) -> SafeCommand:
        last = self._history.newest.v
        if elapsed > 0.0:
            self._speed, _ = respond_speed(self._config, self._speed, last, elapsed)
        v = next_of_stop(self._config, self._speed, last)
        self._history.send(Twist2D(v, 0.0))
        self._deadlock.let_go()
        outcome = outcome_of_stop(v, self._speed, robot)
        return SafeCommand(v, 0.0, outcome, reason=reason, code=code)
