"""Baselines: the filter step with the program given to another solver, timed."""

from functools import partial
from time import perf_counter
from unittest.mock import patch

import numpy as np

from benchmarks.qp_solvers import Closest
from benchmarks.scenes import CONFIG, Cycle
from vcp_cbf_safety import SafeCommand, SafetyFilter, safety_filter
from vcp_cbf_safety.qp.program import Program, Solution, Status, solve

FILTER = 'filter'
# Beyond this an answer counts as none: not every solver says that rows contradict each other.
BROKEN = 1e-6


class Spy:
    """The filter itself, which drives the robot and shows the program of its last step."""

    program: Program
    status: Status | None

    def __init__(self) -> None:
        self._filter = SafetyFilter(CONFIG)

    def step(self, cycle: Cycle) -> SafeCommand:
        """Command of a cycle; `status` is None where it came to no program."""
        self.status = None
        with patch.object(safety_filter, 'solve', self._solve):
            return self._filter.step(*cycle)

    def _solve(self, program: Program) -> Solution:
        solution = solve(program)
        self.program, self.status = program, solution.status
        return solution


class Baseline:
    """A filter with its own solver or another one, and how long its steps took.

    Where the nominal command keeps every row nobody is asked. Where a solver finds no command the
    filter's own one is asked, which knows which rows give way; the step takes that much longer.

    Attributes:
        steps: times of the steps that count [s].
        solves: what the solver took of these [s].
        spent: sum over all steps [s].
        differences: of the commands from the filter's [m/s, rad/s], in the steps that count.
        gave_up: in how many of them the solver found no command.
    """

    def __init__(self, name: str, closest: Closest | None = None) -> None:
        self.name = name
        self.steps: list[float] = []
        self.solves: list[float] = []
        self.spent = 0.0
        self.differences: list[float] = []
        self.gave_up = 0
        self._solve = solve if closest is None else partial(self._exchanged, closest)
        self._filter = SafetyFilter(CONFIG)
        self._found = True

    def run(self, cycle: Cycle, expected: SafeCommand, counts: bool) -> None:
        """Time one step, and compare its command with the filter's."""
        self._found = True
        with patch.object(safety_filter, 'solve', self._solve):
            started = perf_counter()
            command = self._filter.step(*cycle)
            total = perf_counter() - started
        self.spent += total
        if not counts:
            return
        self.steps.append(total)
        self.solves.append(command.timing.solve)
        away = max(abs(command.v - expected.v), abs(command.omega - expected.omega))
        self.differences.append(away)
        self.gave_up += not self._found

    def _exchanged(self, closest: Closest, program: Program) -> Solution:
        if program.violation(program.u_nom) == 0.0:
            return Solution(program.u_nom, Status.NOMINAL, program.h, 0.0)
        u = closest(program)
        if u is not None and np.isfinite(u).all():
            u = np.minimum(np.maximum(u, program.lower), program.upper)
            residual = program.violation(u)
            if residual <= BROKEN:
                return Solution(u, Status.OPTIMAL, program.h, residual)
        self._found = False
        return solve(program)
