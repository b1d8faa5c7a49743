"""`ros2 run vcp_cbf_safety dashboard`: all filters of a domain in a terminal."""

import argparse
import sys
from collections.abc import Sequence

from vcp_cbf_safety.errors import VcpCbfError
from vcp_cbf_safety.studies.extras import require


def main(args: Sequence[str] | None = None) -> int:
    """Show the filters until somebody quits; 2 when something is not installed."""
    parser = argparse.ArgumentParser(
        prog='dashboard',
        description='All safety filters of this ROS domain, why their robots stand, and buttons '
        'to stop and release them. Works over ssh.',
    )
    parser.parse_args(args)
    try:
        require('rclpy', 'textual')
    except VcpCbfError as error:
        print(error, file=sys.stderr)
        return 2
    return _run()


def _run() -> int:
    import rclpy

    from vcp_cbf_safety.studies.dashboard.app import Dashboard
    from vcp_cbf_safety.studies.dashboard.fleet_status import spinning

    context = rclpy.Context()
    # The terminal has Ctrl-C for itself.
    rclpy.init(context=context, signal_handler_options=rclpy.SignalHandlerOptions.NO)
    try:
        with spinning(context) as fleet:
            Dashboard(fleet).run()
    finally:
        rclpy.try_shutdown(context=context)
    return 0


if __name__ == '__main__':
    sys.exit(main())
