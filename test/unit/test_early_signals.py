"""A node that is interrupted while Python still imports it ends cleanly, without a traceback."""

import subprocess
import sys

import pytest

# Sends the signal to itself when the import of a module begins, then runs the executable.
SCRIPT = """
import os, sys

class Interruption:
    def find_spec(self, name, path=None, target=None):
        if name == {module!r}:
            os.kill(os.getpid(), {number})

sys.meta_path.insert(0, Interruption())
import vcp_cbf_safety_nodes
sys.exit(vcp_cbf_safety_nodes.{executable}())
"""


@pytest.mark.parametrize('executable', ['safety_filter', 'arena_sim', 'nominal_driver'])
@pytest.mark.parametrize('module', ['vcp_cbf_safety', 'numpy', 'rclpy'])
@pytest.mark.parametrize('number', [2, 15], ids=['SIGINT', 'SIGTERM'])
def test_a_signal_during_the_imports_ends_a_node_cleanly(executable, module, number):
    script = SCRIPT.format(executable=executable, module=module, number=number)
    ended = subprocess.run(
        [sys.executable, '-c', script], capture_output=True, text=True, timeout=60, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, '', '')
