"""The dashboard and a running filter: what it shows, and its buttons."""

import asyncio

import pytest
import rclpy

pytest.importorskip('textual', reason='textual is not installed')

from textual.widgets import DataTable, Static

from vcp_cbf_safety.studies.dashboard.app import Dashboard
from vcp_cbf_safety.studies.dashboard.fleet_status import spinning
from vcp_cbf_safety.studies.processes import isolated_environment


async def until(pilot, condition):
    """Let the app, the filter and its robot go on until a condition holds."""
    for _ in range(400):
        await pilot.pause(0.05)
        if condition():
            return
    raise AssertionError(f'never: {shown(pilot.app)}')


def shown(app):
    """Rows of the table as plain texts, and the text below it."""
    table = app.query_one(DataTable)
    cells = [[str(cell) for cell in table.get_row(key)] for key in table.rows]
    return cells, str(app.query_one('#reason', Static).content)


def test_it_shows_a_filter_and_stops_and_releases_its_robot(filters, ros_context):
    rig = filters.start()
    rig.nominal = (0.3, 0.0)
    rig.wait_for_nominal()

    def row(app):
        # The robot goes on meanwhile.
        rig.send()
        return next((r for r in shown(app)[0] if r[0] == f'/{rig.namespace}'), [''] * 8)

    async def use(app):
        async with app.run_test(size=(120, 30)) as pilot:
            await until(pilot, lambda: row(app)[1] == 'nominal' and row(app)[5])
            await pilot.press('s')
            await until(pilot, lambda: row(app)[1] in ('braking', 'stopped'))
            assert 'emergency stop' in shown(app)[1]
            await pilot.press('r')
            await until(pilot, lambda: row(app)[1] == 'nominal')
            await pilot.click('#stop_all')
            await until(pilot, lambda: row(app)[1] in ('braking', 'stopped'))
            filters.kill(rig)
            await until(pilot, lambda: row(app)[1] == 'silent')

    with spinning(ros_context) as fleet:
        asyncio.run(use(Dashboard(fleet)))


def test_without_filters_it_says_so(tmp_path):
    async def use(app):
        async with app.run_test() as pilot:
            assert 'No filter has been found' in shown(app)[1]
            await pilot.press('s', 'r', 'a')
            assert 'No filter has been found' in shown(app)[1]

    context = rclpy.Context()
    with isolated_environment(tmp_path) as environment:
        rclpy.init(context=context, domain_id=int(environment['ROS_DOMAIN_ID']))
        with spinning(context) as fleet:
            asyncio.run(use(Dashboard(fleet)))
        rclpy.try_shutdown(context=context)
