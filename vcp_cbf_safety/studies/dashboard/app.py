"""The terminal: a table of filters, the reason of one of them, and buttons to stop and release."""

from typing import Any, ClassVar

from rich.text import Text
from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.widgets import Button, DataTable, Footer, Header, Static

from vcp_cbf_safety.colors import OUTCOME_COLORS
from vcp_cbf_safety.studies.dashboard.fleet_status import RELEASE, STOP, FilterStatus, FleetStatus

# Times a second at which what has come is shown.
_RATE = 5.0

COLUMNS = (
    'robot', 'outcome', 'binding', 'barrier [m]', 'mode', 'cycle p99 [ms]', 'late cycles',
    'faults',
)  # fmt: skip


class Dashboard(App[None]):
    """All filters of a domain.

    Args:
        fleet: knows them; somebody spins it in another thread.
    """

    TITLE = 'Safety filters'
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[Any] = [
        ('s', 'stop', 'Stop this robot'),
        ('a', 'stop_all', 'Stop all robots'),
        ('r', 'release', 'Release this robot'),
        ('q', 'quit', 'Quit'),
    ]
    CSS = """
    DataTable { height: 1fr; }
    #reason { height: auto; min-height: 4; padding: 0 1; }
    Horizontal { height: auto; }
    Button { margin: 0 1; }
    """

    def __init__(self, fleet: FleetStatus) -> None:
        super().__init__()
        self._fleet = fleet
        self._answer = ''

    def compose(self) -> ComposeResult:
        """Table, reason, buttons."""
        yield Header()
        yield DataTable(cursor_type='row')
        yield Static(id='reason', markup=False)
        with Horizontal():
            yield Button('Stop all', id='stop_all', variant='error')
            yield Button('Stop', id='stop', variant='warning')
            yield Button('Release', id='release')
        yield Footer()

    def on_mount(self) -> None:
        """Start to show what comes."""
        table = self.query_one(DataTable)
        for name in COLUMNS:
            table.add_column(Text(name), key=name)
        table.focus()
        self.set_interval(1.0 / _RATE, self.refresh_fleet)
        self.refresh_fleet()

    def refresh_fleet(self) -> None:
        """Show what has come."""
        table = self.query_one(DataTable)
        for node, status in sorted(self._fleet.known().items()):
            cells = cells_of(status)
            if node not in table.rows:
                table.add_row(*cells, key=node)
                continue
            for name, cell in zip(COLUMNS, cells, strict=True):
                table.update_cell(node, name, cell, update_width=True)
        self.query_one('#reason', Static).update(self._explanation())

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Do what the button says."""
        {
            'stop': self.action_stop,
            'stop_all': self.action_stop_all,
            'release': self.action_release,
        }[str(event.button.id)]()

    def action_stop(self) -> None:
        """Stop the robot under the cursor."""
        self._request(STOP)

    def action_release(self) -> None:
        """Release the robot under the cursor."""
        self._request(RELEASE)

    def action_stop_all(self) -> None:
        """Stop every robot."""
        for node in self._fleet.known():
            self._fleet.request(node, STOP, self._said)

    def _request(self, what: str) -> None:
        chosen = self._chosen()
        if chosen is not None:
            self._fleet.request(chosen.node, what, self._said)

    def _said(self, answer: str) -> None:
        self._answer = answer

    def _chosen(self) -> FilterStatus | None:
        """The filter under the cursor."""
        table = self.query_one(DataTable)
        if not table.row_count:
            return None
        key, _ = table.coordinate_to_cell_key(table.cursor_coordinate)
        return self._fleet.known()[str(key.value)]

    def _explanation(self) -> str:
        chosen = self._chosen()
        if chosen is None:
            return 'No filter has been found in this domain (ROS_DOMAIN_ID).'
        lines = [f'{chosen.robot}: {chosen.value("reason") or "nothing to explain"}']
        lines += [f'  {fault}' for fault in chosen.value('faults').split('; ') if fault]
        return '\n'.join([*lines, self._answer])


def cells_of(status: FilterStatus) -> list[Text]:
    """Cells of one filter, in the order of the columns."""
    outcome = 'silent' if status.silent else status.value('outcome')
    color = OUTCOME_COLORS.get(outcome, OUTCOME_COLORS['stopped'])
    faults = [fault for fault in status.value('faults').split('; ') if fault]
    return [
        Text(status.robot),
        Text(outcome, style=f'bold white on {color}'),
        Text(status.value('binding')),
        Text(status.value('min_barrier_m'), justify='right'),
        Text(status.value('mode')),
        Text(status.value('tick_p99_ms'), justify='right'),
        Text(status.value('late_ticks'), justify='right'),
        Text(str(len(faults)), justify='right'),
    ]
