"""The node in docs/first_drive.md that reports people does so, to a real filter."""

import signal
import subprocess
import sys

from documents import DOCS, blocks


def test_the_person_of_the_document_is_a_dynamic_obstacle_and_never_refused(
    filters, ros_environment, tmp_path
):
    [code] = blocks(DOCS / 'first_drive.md', 'python')
    path = tmp_path / 'people.py'
    path.write_text(code, encoding='utf-8')
    rig = filters.start()
    rig.pose = (1.2, 0.0, 0.0)
    rig.drive(0.1)
    with subprocess.Popen(
        [sys.executable, str(path), '--ros-args', '-r', f'__ns:=/{rig.namespace}'],
        env=ros_environment,
    ) as people:
        try:
            rig.wait_for(
                lambda: rig.diagnostics and rig.diagnostics[-1]['obstacles_moving'] == '1'
            )
            assert rig.diagnostics[-1]['obstacles'] == '1'
            assert rig.diagnostics[-1]['obstacles_refused'] == '0'
            # Towards it, and the filter names it.
            rig.nominal = (1.0, 0.0)
            rig.wait_for_state(binding='people/7')
        finally:
            people.send_signal(signal.SIGINT)
        assert people.wait(10.0) == 0
    # Its lifetime is over.
    rig.wait_for(lambda: rig.diagnostics[-1]['obstacles'] == '0')
    rig.wait_for_nominal()
