"""The dashboard and a running filter: what it shows, and its buttons."""

import asyncio

import pytest
import rclpy

pytest.importorskip('textual', reason='textual is not installed')

from rclpy.executors import SingleThreadedExecutor
from textual.widgets import DataTable, Static

from vcp_cbf_safety.studies.dashboard.app import Dashboard
from vcp_cbf_safety.studies.dashboard.fleet_status import FleetStatus
from vcp_cbf_safety.studies.processes import isolated_environment


@pytest.fixture
def fleet(ros_context):
    made = FleetStatus(ros_context)
    yield made
    made.destroy_node()


def until(app, pilot, rig, condition):
    """Let the app, the filter and its robot go on until a condition holds."""

    async def wait():
        for _ in range(400):
            app.refresh_fleet()
            rig.send()
            await pilot.pause(0.05)
            if condition():
                return
        raise AssertionError(f'never: {shown(app)}')

    return wait()


def shown(app):
    """Rows of the table as plain texts, and the text below it."""
    table = app.query_one(DataTable)
    cells = [[str(cell) for cell in table.get_row(key)] for key in table.rows]
    return cells, str(app.query_one('#reason', Static).content)


def test_it_shows_a_filter_and_stops_and_releases_its_robot(filters, fleet, ros_context):
    rig = filters.start()
    rig.nominal = (0.3, 0.0)
    rig.wait_for_nominal()
    executor = SingleThreadedExecutor(context=ros_context)
    executor.add_node(fleet)

    async def use():
        app = Dashboard(fleet, executor)
        async with app.run_test(size=(120, 30)) as pilot:

            def row():
                return next((r for r in shown(app)[0] if r[0] == f'/{rig.namespace}'), [''] * 8)

            await until(app, pilot, rig, lambda: row()[1] == 'nominal' and row()[5])
            await pilot.press('s')
            await until(app, pilot, rig, lambda: row()[1] in ('braking', 'stopped'))
            assert 'emergency stop' in shown(app)[1]
            await pilot.press('r')
            await until(app, pilot, rig, lambda: row()[1] == 'nominal')
            await pilot.click('#stop_all')
            await until(app, pilot, rig, lambda: row()[1] in ('braking', 'stopped'))
            filters.kill(rig)
            await until(app, pilot, rig, lambda: row()[1] == 'silent')

    asyncio.run(use())
    executor.shutdown()


def test_without_filters_it_says_so(tmp_path):
    context = rclpy.Context()
    with isolated_environment(tmp_path) as environment:
        rclpy.init(context=context, domain_id=int(environment['ROS_DOMAIN_ID']))
        fleet, executor = FleetStatus(context), SingleThreadedExecutor(context=context)
        executor.add_node(fleet)

        async def use():
            app = Dashboard(fleet, executor)
            async with app.run_test() as pilot:
                assert 'No filter has been heard' in shown(app)[1]
                await pilot.press('s', 'r', 'a')
                assert 'No filter has been heard' in shown(app)[1]

        asyncio.run(use())
        executor.shutdown()
        fleet.destroy_node()
        rclpy.try_shutdown(context=context)
