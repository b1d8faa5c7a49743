"""What the code imports is what package.xml and setup.py say it needs, and nothing more."""

import ast
import re
import sys
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import Any

from catkin_pkg.package import Package

# Not third-party; the benchmarks bring rivals that nobody else needs and say so themselves.
OURS = {
    'vcp_cbf_safety',
    'vcp_cbf_safety_nodes',
    'attackers',
    'near_peers',
    'benchmarks',
    'browser',
    'command_checks',
    'commands',
    'documents',
    'marker_bench',
    'ros_bench',
    'localisation',
    'ros_rig',
    'replay_bench',
    'batched_programs',
    'identify_bench',
    'long_bodies',
    'small_programs',
    'scan_bench',
    'setuptools',
}
# rosdep keys of what is not a ROS package of the same name as its module.
ROSDEP_KEYS = {
    'catkin_pkg': 'python3-catkin-pkg',
    'hypothesis': 'python3-hypothesis',
    'jinja2': 'python3-jinja2',
    'matplotlib': 'python3-matplotlib',
    'numpy': 'python3-numpy',
    'pytest': 'python3-pytest',
    'rich': 'python3-rich',
    'scipy': 'python3-scipy',
    'tqdm': 'python3-tqdm',
    'transforms3d': 'python3-transforms3d',
    'yaml': 'python3-yaml',
}
# Only pip has these; package.xml says so.
WITHOUT_ROSDEP_KEY = {
    'daqp', 'distributed', 'gymnasium', 'mujoco', 'proxsuite', 'qpth', 'quadprog', 'rosbags',
    'safetensors', 'textual', 'torch',
}  # fmt: skip
# No wheels: what needs them runs where ROS 2 itself is installed.
WITHOUT_WHEEL = {
    'launch', 'launch_pytest', 'launch_ros', 'launch_testing', 'map_msgs', 'tf2_msgs',
}  # fmt: skip
# Wheels that come with that of rclpy.
WITH_RCLPY = {'builtin_interfaces', 'rcl_interfaces', 'rosgraph_msgs', 'std_msgs'}
# Imported by rclpy.lifecycle, which does not always bring it.
FOR_RCLPY = {'lifecycle_msgs'}
# Imported by torch.utils.tensorboard.
FOR_TORCH = {'tensorboard'}
# Modules of distributions that are called something else.
MODULES = {
    'pyyaml': 'yaml',
    'catkin-pkg': 'catkin_pkg',
    'robotarium-python-simulator': 'rps',
}
# A pytest plugin, and what builds are made with.
NOT_IMPORTED = {'pytest-timeout', 'python3-pytest-timeout', 'setuptools'}


def imported(*paths: Iterable[Path]) -> set[str]:
    """Top-level names that files import from outside the standard library and this package."""
    names: set[str] = set()
    for path in chain(*paths):
        for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
            if isinstance(node, ast.Import):
                names |= {alias.name.split('.')[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
                names.add(node.module.split('.')[0])
    return names - set(sys.stdlib_module_names) - OURS


def used_at_run_time(root: Path) -> set[str]:
    return imported((root / 'vcp_cbf_safety').rglob('*.py'), (root / 'launch').rglob('*.py'))


def used_on_a_robot(root: Path) -> set[str]:
    code = root / 'vcp_cbf_safety'
    files = set(code.rglob('*.py')) - set((code / 'studies').rglob('*.py'))
    files -= set((code / 'learning').rglob('*.py'))
    return imported(files, (root / 'launch').rglob('*.py'))


def used_by_tests(root: Path) -> set[str]:
    return imported((root / 'test').rglob('*.py'))


def rosdep_keys(modules: Iterable[str]) -> set[str]:
    return {ROSDEP_KEYS.get(name, name) for name in set(modules) - WITHOUT_ROSDEP_KEY}


def modules_of(requirements: Iterable[str]) -> set[str]:
    """Modules that requirements bring: `ros-jazzy-nav-msgs` brings nav_msgs."""
    modules = set()
    for requirement in requirements:
        name = re.split(r'[<>=~!\[; ]', requirement)[0].lower()
        ros = re.match(r'ros-(?:jazzy-|kilted-)?(.*)', name)
        modules.add(ros[1].replace('-', '_') if ros else MODULES.get(name, name))
    return modules


def test_package_xml_names_what_the_package_imports_and_nothing_else(
    root: Path, package: Package
) -> None:
    named = {dependency.name for dependency in package.exec_depends}
    assert named - FOR_RCLPY == rosdep_keys(used_on_a_robot(root)) - FOR_RCLPY


def test_package_xml_says_what_studies_want_beside_what_a_robot_needs(root: Path) -> None:
    used = imported((root / 'vcp_cbf_safety' / 'studies').rglob('*.py')) - used_on_a_robot(root)
    text = (root / 'package.xml').read_text(encoding='utf-8')
    said = text.split('(vcp_cbf_safety.studies) also want')[1].split('-->')[0]
    assert rosdep_keys(used) | used & WITHOUT_ROSDEP_KEY <= set(re.findall(r'[\w-]+', said))


def test_package_xml_names_what_the_tests_import_and_nothing_else(
    root: Path, package: Package
) -> None:
    named = {dependency.name for dependency in package.test_depends}
    run_time = {dependency.name for dependency in package.exec_depends}
    assert named - NOT_IMPORTED == rosdep_keys(used_by_tests(root)) - run_time


def test_setup_names_what_the_package_imports_and_nothing_else(
    root: Path, setup_arguments: dict[str, Any]
) -> None:
    extras = setup_arguments['extras_require']
    named = modules_of(
        chain(
            setup_arguments['install_requires'],
            *(
                extras[e]
                for e in ('ros-kilted', 'studies', 'cluster', 'physics', 'baselines', 'learning')
            ),
        )
    )
    used = used_at_run_time(root) - WITHOUT_WHEEL
    assert used <= named | WITH_RCLPY
    assert named <= used | used_by_tests(root) | FOR_RCLPY | FOR_TORCH


def test_setup_names_what_the_tests_import_and_nothing_else(
    root: Path, setup_arguments: dict[str, Any]
) -> None:
    extras = setup_arguments['extras_require']
    everything = chain(setup_arguments['install_requires'], *extras.values())
    used = used_by_tests(root) - WITHOUT_WHEEL
    assert used <= modules_of(everything) | WITH_RCLPY
    assert modules_of(extras['test']) - NOT_IMPORTED <= used


def test_only_learning_imports_what_only_learning_has(
    root: Path, setup_arguments: dict[str, Any]
) -> None:
    code = set((root / 'vcp_cbf_safety').rglob('*.py'))
    elsewhere = code - set((root / 'vcp_cbf_safety' / 'learning').rglob('*.py'))
    extras = setup_arguments['extras_require']
    others = chain(setup_arguments['install_requires'], extras['ros-kilted'], extras['studies'])
    learning = modules_of(extras['learning']) - modules_of(others)
    assert not imported(elsewhere) & learning


def test_the_filter_node_runs_without_the_extras_for_demos(
    root: Path, setup_arguments: dict[str, Any]
) -> None:
    code = root / 'vcp_cbf_safety'
    extras = setup_arguments['extras_require']
    used = imported(code.glob('*.py'), (code / 'ros').glob('*.py'))
    assert used <= WITH_RCLPY | modules_of(
        chain(setup_arguments['install_requires'], extras['ros-kilted'])
    )


def test_wheels_of_every_supported_ros_are_the_same(setup_arguments: dict[str, Any]) -> None:
    extras = setup_arguments['extras_require']
    modules = {name: modules_of(extras[name]) for name in extras if name.startswith('ros-')}
    assert modules.keys() == {'ros-jazzy', 'ros-kilted'}
    assert modules['ros-jazzy'] == modules['ros-kilted']
