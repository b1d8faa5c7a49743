"""The BarrierNet of a node: loaded when it is wanted, watched, and off when it cannot be used."""

import gc
import math
from pathlib import Path
from time import perf_counter
from typing import Any

from vcp_cbf_safety.command import SafeCommand
from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.errors import AdviceError, ConfigurationError, VcpCbfError
from vcp_cbf_safety.hazards.hazards import Arena, Circle, Hazards
from vcp_cbf_safety.hazards.scene import Scene, scene_of
from vcp_cbf_safety.motion.unicycle import RobotState, Twist2D
from vcp_cbf_safety.nominal.advice import Advisor
from vcp_cbf_safety.resources import share_directory
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.ros.timing import RecentDurations
from vcp_cbf_safety.ros.watch import Log

# The model that comes with the package.
SHIPPED = Path('config', 'barriernet', 'goal.safetensors')

# After so many late answers in a row no more are asked for: each of them delays the command.
_MOST_LATE = 3

# Replaced advice is logged when the last one was longer ago than this [s].
_QUIET = 1.0

# What it is asked before the first cycle, so that nothing is done for the first time in one.
_WARM_UP = Hazards(Arena(-5.0, -5.0, 5.0, 5.0), [Circle(1.0, 0.2, 0.3), Circle(2.0, 0.0, 0.3)])


class BarrierNetSwitch:
    """Brings a network's advice to the filter, or says why there is none.

    Whatever happens in here never stops the node: without a network that answers in time the
    filter is the one it is without any.

    Args:
        log: takes one line when the network goes on or off.
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self._model: tuple[str, Any] | None = None  # what barriernet.model said, and the network
        self._followed: tuple[str, float, FilterConfig] | None = None
        self._network: Advisor | None = None
        self._off = 'not enabled'
        self._budget = 0.0
        self._late = 0
        self._replaced = 0
        self._last_replaced = -math.inf
        self._durations = RecentDurations()

    @property
    def advisor(self) -> Advisor | None:
        """Whom the filter is to ask; None for nobody."""
        return None if self._network is None else self

    @property
    def faults(self) -> tuple[str, ...]:
        """Why the network is off although it is wanted: one sentence, or none."""
        if self._followed is None or self._network is not None:
            return ()
        return (f'the BarrierNet is off: {self._off}',)

    def values(self) -> dict[str, str]:
        """Everything by its key in the diagnostics."""
        values = {
            'barriernet': f'off: {self._off}' if self._network is None else 'on',
            'barriernet_replaced': str(self._replaced),
        }
        for what, seconds in zip(('p50', 'p99', 'max'), self._durations.summary(), strict=True):
            values[f'barriernet_{what}_ms'] = f'{1e3 * seconds:.4f}'
        return values

    # Parameters.

    def check(self, settings: NodeSettings, current: NodeSettings) -> None:
        """Refuse changes that would load a model between two control cycles.

        Raises:
            ConfigurationError: if they do; the message says what to do instead.
        """
        wanted = (settings.barriernet_enabled, settings.barriernet_model)
        if wanted == (current.barriernet_enabled, current.barriernet_model):
            return
        if settings.barriernet_enabled and not self._has(settings.barriernet_model):
            raise ConfigurationError(
                f'barriernet.model is {settings.barriernet_model!r}, which is not loaded, and '
                'loading takes longer than a control cycle; deactivate the filter first'
            )

    def follow(self, settings: NodeSettings, *, load: bool = True) -> None:
        """Do what the parameters say.

        Args:
            settings: the node's parameters.
            load: False between control cycles, where no model may be read.
        """
        if not settings.barriernet_enabled:
            if self._network is not None:
                self._log.info('the BarrierNet is off: not enabled')
            self._followed = self._network = None
            self._off = 'not enabled'
            return
        wanted = (settings.barriernet_model, settings.barriernet_budget, settings.filter)
        if wanted == self._followed or not (load or self._has(settings.barriernet_model)):
            return
        self._followed = wanted
        try:
            network = self._made(settings)
        except ImportError as error:
            self._fail(f'{error.name or error} cannot be imported; install the extra `learning`')
        except VcpCbfError as error:
            self._fail(str(error))
        except Exception as error:  # noqa: BLE001 - nothing in a library may stop the node
            self._fail(f'{type(error).__name__}: {" ".join(str(error).split())}')
        else:
            if self._network is None:
                self._log.info('the BarrierNet is on')
            self._network, self._budget, self._late = network, settings.barriernet_budget, 0

    def _has(self, model: str) -> bool:
        return self._model is not None and self._model[0] == model

    def _made(self, settings: NodeSettings) -> Advisor:
        """The network for these parameters, which has answered once."""
        # torch takes seconds to import and hundreds of megabytes: only who wants it pays for it
        from vcp_cbf_safety.learning.advisor import NetworkAdvisor
        from vcp_cbf_safety.learning.model_file import load_model

        name = settings.barriernet_model
        if self._model is None or self._model[0] != name:
            path = Path(name).expanduser() if name else share_directory() / SHIPPED
            self._model = (name, load_model(path))
            # a collection that visits all that torch has made would last longer than a cycle
            gc.freeze()
        network = NetworkAdvisor(self._model[1], settings.filter)
        network.advise(Twist2D(0.1, 0.0), RobotState(0.0, 0.0, 0.0), scene_of(_WARM_UP))
        return network

    def _fail(self, reason: str) -> None:
        self._network, self._off = None, reason
        self._log.warning(self.faults[0])

    # The control cycle.

    def advise(self, nominal: Twist2D, robot: RobotState, scene: Scene) -> Twist2D:
        """Correction of one cycle, see `advice.Advisor`.

        Raises:
            AdviceError: if the answer came late.
        """
        if self._network is None:
            raise AdviceError(self._off)
        started = perf_counter()
        correction = self._network.advise(nominal, robot, scene)
        if perf_counter() - started <= self._budget:
            self._late = 0
            return correction
        self._late += 1
        within = f'within barriernet.budget_ms ({1e3 * self._budget:g} ms)'
        if self._late == _MOST_LATE:
            self._fail(f'{_MOST_LATE} answers in a row did not come {within}')
        raise AdviceError(f'the BarrierNet did not answer {within}')

    def judge(self, command: SafeCommand, now: float) -> tuple[str, ...]:
        """Count what became of a cycle at a monotonic time [s]; its faults, one sentence each."""
        if command.timing.advice > 0.0:
            self._durations.add(command.timing.advice)
        if not command.advice_replaced:
            return self.faults
        self._replaced += 1
        sentence = f'a cycle did without advice: {command.advice}'
        if now - self._last_replaced > _QUIET:
            self._log.warning(sentence)
        self._last_replaced = now
        return (sentence, *self.faults)
