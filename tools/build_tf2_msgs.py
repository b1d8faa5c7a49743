"""Builds tf2_msgs, the message of /tf, which pip does not have, into the environment it runs in.

Usage: .venv/bin/python tools/build_tf2_msgs.py FOLDER

FOLDER is where to build, e.g. out/tf2_msgs. What building takes is installed there, in an
environment of its own, and stays for the next time. A C++ compiler must be there. Where ROS 2 is
sourced, tf2_msgs comes with it.
"""

import importlib.util
import os
import re
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

# Wheels of the ROS 2 that is installed here; what they need comes with them.
ROS_WHEELS = (
    'ament-cmake',
    'ament-cmake-export-dependencies',
    'ament-cmake-export-include-directories',
    'ament-cmake-export-link-flags',
    'ament-cmake-export-targets',
    'ament-cmake-gen-version-h',
    'ament-cmake-include-directories',
    'ament-cmake-python',
    'ament-package',
    'geometry-msgs',
    'rosidl-core-generators',
    'rosidl-default-generators',
)
# What is cut into wheels otherwise, or asked for in vain.
WHEELS_OF_DISTRO = {
    'jazzy': (
        'ament-cmake-gmock',
        'ament-cmake-gtest',
        'ament-cmake-pytest',
        'ament-cmake-ros',
        'fastrtps-cmake-module',
        'python-cmake-module',
    ),
    'kilted': ('ament-cmake-ros-core',),
}
OTHER_WHEELS = ('catkin-pkg', 'cmake', 'ninja')

FILES = {
    'msg/TFMessage.msg': 'geometry_msgs/TransformStamped[] transforms\n',
    'package.xml': """\
<?xml version="1.0"?>
<package format="3">
  <name>tf2_msgs</name>
  <version>0.0.0</version>
  <description>The message of /tf, and no more of tf2_msgs.</description>
  <maintainer email="noreply@vcp-cbf-safety.example">vcp_cbf_safety maintainers</maintainer>
  <license>Apache-2.0</license>
  <buildtool_depend>ament_cmake</buildtool_depend>
  <buildtool_depend>rosidl_default_generators</buildtool_depend>
  <depend>geometry_msgs</depend>
  <member_of_group>rosidl_interface_packages</member_of_group>
</package>
""",
    'CMakeLists.txt': """\
cmake_minimum_required(VERSION 3.16)
project(tf2_msgs)
find_package(ament_cmake REQUIRED)
find_package(geometry_msgs REQUIRED)
find_package(rosidl_default_generators REQUIRED)
# The wheels name include folders of the machine that they were built on.
get_property(targets DIRECTORY PROPERTY IMPORTED_TARGETS)
foreach(target IN LISTS targets)
  if(target MATCHES "__rosidl_generator_py$")
    set_target_properties(${target} PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "")
  endif()
endforeach()
rosidl_generate_interfaces(${PROJECT_NAME} "msg/TFMessage.msg" DEPENDENCIES geometry_msgs)
ament_package()
""",
}


def main() -> int:
    """Build, unless it is there; 0 if it is afterwards."""
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    if importlib.util.find_spec('tf2_msgs') is not None:
        return 0
    distro = distro_of_wheels()
    if distro not in WHEELS_OF_DISTRO:
        print('No ROS 2 from wheels here: install tf2_msgs as ROS 2 was.', file=sys.stderr)
        return 1
    version = f'{sys.version_info.major}.{sys.version_info.minor}'
    folder = Path(sys.argv[1]).resolve() / f'{distro}-{version}'
    print(f'Building tf2_msgs for ROS 2 {distro.title()} into {sys.prefix}.', file=sys.stderr)
    return build(folder, distro, Path(sys.prefix))


def distro_of_wheels() -> str:
    """The ROS 2 whose rclpy was installed by pip, '' for none."""
    names = (each.metadata['Name'] or '' for each in distributions())
    found = (re.fullmatch(r'ros-([a-z]+)-rclpy', name) for name in names)
    return next((match[1] for match in found if match), '')


def build(folder: Path, distro: str, prefix: Path) -> int:
    """Install what building takes, write the package, build and install it; 0 if all went well."""
    environment, source, log = folder / 'env', folder / 'src', folder / 'log'
    for name, text in FILES.items():
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding='utf-8')
    # Of the environment that is built for, nothing else may be found.
    variables = {
        name: value
        for name, value in os.environ.items()
        if name not in ('LD_LIBRARY_PATH', 'PYTHONPATH', '_ROS_WHEELS_BOOTSTRAP_COMPLETE')
    }
    variables['PATH'] = f'{environment / "bin"}{os.pathsep}{os.environ["PATH"]}'
    variables['AMENT_PREFIX_PATH'] = str(environment)
    python = environment / 'bin' / 'python'
    ros = (*ROS_WHEELS, *WHEELS_OF_DISTRO[distro])
    wheels = [*(f'ros-{distro}-{name}' for name in ros), *OTHER_WHEELS]
    steps = [
        [sys.executable, '-m', 'venv', environment],
        [python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', *wheels],
        [
            'cmake', '-S', source, '-B', folder / 'build', '-G', 'Ninja',
            f'-DCMAKE_INSTALL_PREFIX={prefix}', f'-DCMAKE_PREFIX_PATH={environment}',
            f'-DPython3_EXECUTABLE={python}', '-DBUILD_TESTING=OFF',
        ],
        ['cmake', '--build', folder / 'build', '--target', 'install'],
    ]  # fmt: skip
    with log.open('w', encoding='utf-8') as output:
        for step in steps:
            command = [str(each) for each in step]
            try:
                subprocess.run(command, env=variables, stdout=output, stderr=output, check=True)
            except (OSError, subprocess.CalledProcessError) as error:
                print(f'tf2_msgs could not be built, see {log}: {error}', file=sys.stderr)
                return 1
    return 0


if __name__ == '__main__':
    sys.exit(main())
