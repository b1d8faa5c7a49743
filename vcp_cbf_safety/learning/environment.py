"""Hundreds of robots in worlds of their own, all in one tensor step."""

from typing import NamedTuple

import torch
from torch import Tensor

from vcp_cbf_safety.hazards.hazards import Arena, Walls, walls_of
from vcp_cbf_safety.learning.contacts import EpisodeEnd, touched
from vcp_cbf_safety.learning.layer import DifferentiableVCPCBFQP
from vcp_cbf_safety.learning.look_ahead import Peers, allowed_scales
from vcp_cbf_safety.learning.motion import follow, predict_peers
from vcp_cbf_safety.learning.observation import Observation, observe
from vcp_cbf_safety.learning.scenes import Scenes, scenes
from vcp_cbf_safety.learning.tasks import (
    goal_distance,
    nominal_commands,
    outcome_of,
    privileged_numbers,
    rewards,
)
from vcp_cbf_safety.learning.traffic import move_traffic
from vcp_cbf_safety.learning.worlds import (
    EnvironmentConfig,
    Worlds,
    numbers_for_a_world,
    worlds_from,
)
from vcp_cbf_safety.motion.response import deceleration_of, turn_limit_of
from vcp_cbf_safety.qp.assembly import total_inflation

# A command changed by more than this counts as an intervention [m/s, rad/s].
_CHANGED = 1e-3


class FilterInputs(NamedTuple):
    """What the filters get in one cycle: arguments of `DifferentiableVCPCBFQP.forward`.

    Attributes:
        states: (N, 5) predicted, when the command takes effect.
        hazards: at that time, as measured.
        last_command: (N, 2).
    """

    states: Tensor
    hazards: Scenes
    last_command: Tensor

    def members(self, index: Tensor | slice) -> 'FilterInputs':
        """Of some robots."""
        return FilterInputs(
            self.states[index], self.hazards.members(index), self.last_command[index]
        )


class Measured(NamedTuple):
    """What the robots' sensors say now, before any prediction.

    Attributes:
        states: (N, 5) x, y, heading, speed and yaw rate.
        peers: (N, P, 2) places of the peers [m].
        peer_headings: (N, P) [rad].
        peer_twists: (N, P, 2) speed and yaw rate of the peers [m/s, rad/s].
    """

    states: Tensor
    peers: Tensor
    peer_headings: Tensor
    peer_twists: Tensor


class Step(NamedTuple):
    """What one step led to.

    Attributes:
        observation: the next one; of a new episode where the last one is over.
        reward: (N,).
        done: (N,) whether an episode ended in this step.
        outcome: (N,) `EpisodeEnd` of what ended, RUNNING elsewhere.
        duration: (N,) how long the episode has lasted [s].
        intervened: (N,) whether the program changed the command.
        command: (N, 2) what the bases were told.
    """

    observation: Observation
    reward: Tensor
    done: Tensor
    outcome: Tensor
    duration: Tensor
    intervened: Tensor
    command: Tensor


class Environment:
    """Vectorised environment with the filter's program, and its look at peers, before the base.

    Every random number is drawn for all `config.robots` robots and a share of them is kept, so
    processes that take a share each do together what one process does alone.

    Args:
        config: of worlds and robots.
        seed: of everything random.
        nearest: hazards in an observation.
        share: (number, of how many): which share of the robots lives here.
        autoreset: False to let every robot live one episode only; steps after its end do not
            count.
        device, dtype: of all tensors.
    """

    def __init__(
        self,
        config: EnvironmentConfig,
        seed: int = 0,
        *,
        nearest: int = 8,
        share: tuple[int, int] = (0, 1),
        autoreset: bool = True,
        device: torch.device | str = 'cpu',
        dtype: torch.dtype = torch.float32,
    ) -> None:
        part, parts = share
        if config.robots % parts:
            raise ValueError(f'robots is {config.robots}; it must be a multiple of {parts}')
        self.config = config
        self.robots = config.robots // parts
        self.device, self.dtype = torch.device(device), dtype
        self.layer = DifferentiableVCPCBFQP(config.filter).to(self.device)
        self.generator = torch.Generator(self.device).manual_seed(seed)
        self._mine = slice(part * self.robots, (part + 1) * self.robots)
        self._nearest, self._autoreset = nearest, autoreset
        self._world_numbers = numbers_for_a_world(config)
        self._inflation = total_inflation(config.filter)
        normals = walls_of(Arena(-1.0, -1.0, 1.0, 1.0)).normals
        self._normals = torch.as_tensor(normals, dtype=dtype, device=self.device)
        self.reset()

    def reset(self, seed: int | None = None) -> Observation:
        """Begin new episodes everywhere, and where a seed is given the random numbers too."""
        if seed is not None:
            self.generator.manual_seed(seed)
        self.world = worlds_from(self.config, self._draw(self._world_numbers))
        self.over = torch.zeros(self.robots, dtype=torch.bool, device=self.device)
        self._let_out = torch.ones(self.robots, dtype=self.dtype, device=self.device)
        return self._look()

    def restart(self, which: Tensor) -> Observation:
        """Begin new episodes of some robots, (N,) True for them."""
        self._renew(which)
        self.over = self.over & ~which
        return self._look()

    @torch.no_grad()
    def step(self, command: Tensor, *, filtered: bool = True) -> Step:
        """One control period.

        Args:
            command: (N, 2) what to do, corrected or not, before the program [m/s, rad/s].
            filtered: False to let commands through as they are.
        """
        view = self.view
        command = command.to(self.device, self.dtype)
        if filtered:
            told = self.layer(
                command, view.states, view.hazards, last_command=view.last_command
            ).u_safe
            self._let_out = self._allowed(told, command)
            told = self._let_out.unsqueeze(1) * told
        else:
            told, self._let_out = command, torch.ones_like(self._let_out)
        intervened = ((told - command).abs() > _CHANGED).any(1)
        before = goal_distance(self.world)
        contact = self._move(told)
        after = goal_distance(self.world)
        outcome = outcome_of(self.world, self.config, contact)
        outcome = outcome.masked_fill(self.over, EpisodeEnd.RUNNING)
        done = outcome != EpisodeEnd.RUNNING
        reward = rewards(before - after, outcome, self.config.filter.period)
        duration = self.world.age.clone()
        if self._autoreset:
            self._renew(done)
        else:
            self.over = self.over | done
        return Step(self._look(), reward, done, outcome, duration, intervened, told)

    def state_dict(self) -> dict[str, Tensor]:
        """Everything that the future depends on."""
        state = dict(self.world._asdict())
        state['generator'] = self._before_look
        state['over'] = self.over
        state['let_out'] = self._let_out
        return {name: value.contiguous().clone() for name, value in state.items()}

    def load_state_dict(self, state: dict[str, Tensor]) -> Observation:
        """Go on from where another one was; the observation is a new look at it."""
        self.world = Worlds(*(state[name].to(self.device) for name in Worlds._fields))
        self.over = state['over'].to(self.device)
        self._let_out = state['let_out'].to(self.device)
        self.generator.set_state(state['generator'].cpu())
        return self._look()

    def _draw(self, *shape: int) -> Tensor:
        """Even random numbers in [0, 1) for the robots that live here."""
        return torch.rand(
            self.config.robots,
            *shape,
            generator=self.generator,
            device=self.device,
            dtype=self.dtype,
        )[self._mine]

    def _move(self, told: Tensor) -> Tensor:
        """Move everything for one period: what was touched, as `EpisodeEnd`."""
        world, robot = self.world, self.config.filter
        period, limits = robot.period, (robot.max_acceleration, robot.max_yaw_acceleration)
        still = follow(world.state, world.command, world.delay, world.lag, limits)
        moved = follow(still, told, period - world.delay, world.lag, limits)
        draws = 2.0 * self._draw(world.peers.shape[1] + 1, 2) - 1.0
        later = move_traffic(world, period, robot, draws)
        share = (world.delay / period)[:, None, None]
        between = world.peers + share * (later.peers - world.peers)
        first = touched(world, still, between, robot.body_radius)
        second = touched(world, moved, later.peers, robot.body_radius)
        # whose doing it was is said by the first moment of a contact
        contact = torch.where(first > 0, first, second)
        self.world = later._replace(state=moved, command=told, age=world.age + period)
        return contact

    def _allowed(self, told: Tensor, command: Tensor) -> Tensor:
        """How much of the program's answer the look at what moves by itself lets out (N,)."""
        world, view = self.world, self.view
        peers = Peers(*self.measured[1:], world.peer_radii, world.peer_real)
        now = (view.states, view.last_command, self._let_out, world.extra, peers)
        return allowed_scales(self.config.filter, told, command, *now)

    def _renew(self, which: Tensor) -> None:
        """New worlds for some robots; the same numbers are drawn however many they are."""
        numbers = self._draw(self._world_numbers)
        self._let_out = self._let_out.masked_fill(which, 1.0)
        rows = which.nonzero().squeeze(1)
        if len(rows):
            fresh = worlds_from(self.config, numbers[rows])
            self.world = Worlds(
                *(
                    old.index_copy(0, rows, new.to(old.dtype))
                    for old, new in zip(self.world, fresh, strict=True)
                )
            )

    def _look(self) -> Observation:
        """Measure, predict, and make of it what filters and networks get."""
        world, robot = self.world, self.config.filter
        self._before_look = self.generator.get_state()
        noise = 2.0 * self._draw(4 + world.peers.shape[1], 2) - 1.0
        # corners of a square of this half side lie at the largest error; half of it for each side
        error = 0.5 * 0.7 * self.config.position_noise
        state = world.state.clone()
        state[:, :2] += error * noise[:, 0]
        state[:, 2] += 0.3 * self.config.position_noise * noise[:, 1, 0]
        state[:, 3:] += 1.7 * self.config.speed_noise * noise[:, 2]
        peers = world.peers + error * noise[:, 4:]
        self.measured = Measured(state, peers, world.peer_heading, world.peer_twist)
        ahead = state.new_full((len(state),), robot.actuation_delay)
        lag = torch.full_like(ahead, max(robot.velocity_lag, 1e-3))
        limits = (deceleration_of(robot), turn_limit_of(robot))
        state = follow(state, world.command, ahead, lag, limits)
        self.view = FilterInputs(state, self._hazards(state), world.command)
        self.privileged = privileged_numbers(world, self.config)
        nominal = nominal_commands(world, state)
        self.observation = observe(
            state, self.view.hazards, nominal, world.limits, self._inflation, self._nearest
        )
        return self.observation

    def _hazards(self, state: Tensor) -> Scenes:
        """The nearest discs and all walls; what the robot is larger than the rest, they grow."""
        world, seen = self.world, self.measured
        poses = torch.cat((seen.peers, seen.peer_headings.unsqueeze(2)), 2)
        peers, velocity, growth = predict_peers(self.config.filter, poses, seen.peer_twists)
        centers = torch.cat((world.circles, peers), 1)
        radii = torch.cat((world.circle_radii, world.peer_radii + growth), 1)
        velocity = torch.cat((torch.zeros_like(world.circles), velocity), 1)
        real = torch.cat((world.circle_real, world.peer_real), 1)
        moving = torch.zeros_like(real)
        moving[:, world.circles.shape[1] :] = True
        free = (centers - state[:, None, :2]).norm(dim=2) - radii
        free = free.masked_fill(~real, torch.inf)
        count = min(self.config.discs, free.shape[1])
        index = free.topk(count, dim=1, largest=False).indices
        pair = index.unsqueeze(2).expand(-1, -1, 2)
        offsets = world.arena.repeat_interleave(2, 1) - world.extra.unsqueeze(1)
        return scenes(
            centers.gather(1, pair),
            radii.gather(1, index) + world.extra.unsqueeze(1),
            velocities=velocity.gather(1, pair),
            moving=moving.gather(1, index),
            real=real.gather(1, index),
            walls=Walls(self._normals, offsets),
        )
