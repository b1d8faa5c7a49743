"""Builds messages that pip does not have into the environment it runs in.

Usage: .venv/bin/python tools/build_messages.py FOLDER

They are those of tf2_msgs and map_msgs that the filter hears. FOLDER is where to build, e.g.
out/tf2_msgs. What building takes is installed there, in an environment of its own, and stays for
the next time. A C++ compiler must be there. Where ROS 2 is sourced, both packages come with it.
"""

import importlib.util
import os
import re
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path
from typing import NamedTuple

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


class Package(NamedTuple):
    """A package of messages.

    Attributes:
        message: the one of its messages that is built.
        fields: of that message.
        needs: the package whose messages these are of.
    """

    message: str
    fields: str
    needs: str


PACKAGES = {
    'tf2_msgs': Package(
        'TFMessage', 'geometry_msgs/TransformStamped[] transforms', 'geometry_msgs'
    ),
    'map_msgs': Package(
        'OccupancyGridUpdate',
        'std_msgs/Header header\nint32 x\nint32 y\nuint32 width\nuint32 height\nint8[] data',
        'std_msgs',
    ),
}

PACKAGE_XML = """\
<?xml version="1.0"?>
<package format="3">
  <name>@package@</name>
  <version>0.0.0</version>
  <description>The message @message@, and no more of @package@.</description>
  <maintainer email="noreply@vcp-cbf-safety.example">vcp_cbf_safety maintainers</maintainer>
  <license>Apache-2.0</license>
  <buildtool_depend>ament_cmake</buildtool_depend>
  <buildtool_depend>rosidl_default_generators</buildtool_depend>
  <depend>@needs@</depend>
  <member_of_group>rosidl_interface_packages</member_of_group>
</package>
"""
CMAKE_LISTS = """\
cmake_minimum_required(VERSION 3.16)
project(@package@)
find_package(ament_cmake REQUIRED)
find_package(@needs@ REQUIRED)
find_package(rosidl_default_generators REQUIRED)
# The wheels name include folders of the machine that they were built on.
get_property(targets DIRECTORY PROPERTY IMPORTED_TARGETS)
foreach(target IN LISTS targets)
  if(target MATCHES "__rosidl_generator_py$")
    set_target_properties(${target} PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "")
  endif()
endforeach()
rosidl_generate_interfaces(${PROJECT_NAME} "msg/@message@.msg" DEPENDENCIES @needs@)
ament_package()
"""


def main() -> int:
    """Build, unless it is there; 0 if it is afterwards."""
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    missing = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
    if not missing:
        return 0
    distro = distro_of_wheels()
    if distro not in WHEELS_OF_DISTRO:
        print(
            f'No ROS 2 from wheels here: install {" and ".join(missing)} as ROS 2 was.',
            file=sys.stderr,
        )
        return 1
    version = f'{sys.version_info.major}.{sys.version_info.minor}'
    folder = Path(sys.argv[1]).resolve() / f'{distro}-{version}'
    print(
        f'Building {" and ".join(missing)} for ROS 2 {distro.title()} into {sys.prefix}.',
        file=sys.stderr,
    )
    return build(folder, distro, Path(sys.prefix), missing)


def distro_of_wheels() -> str:
    """The ROS 2 whose rclpy was installed by pip, '' for none."""
    names = (each.metadata['Name'] or '' for each in distributions())
    found = (re.fullmatch(r'ros-([a-z]+)-rclpy', name) for name in names)
    return next((match[1] for match in found if match), '')


def build(folder: Path, distro: str, prefix: Path, names: list[str]) -> int:
    """Install what building takes, write packages, build and install them; 0 if all went well."""
    environment, log = folder / 'env', folder / 'log'
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
    steps: list[list[object]] = [
        [sys.executable, '-m', 'venv', environment],
        [python, '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', *wheels],
    ]
    for name in names:
        source, output = folder / name / 'src', folder / name / 'build'
        write_package(source, name)
        steps += [
            [
                'cmake', '-S', source, '-B', output, '-G', 'Ninja',
                f'-DCMAKE_INSTALL_PREFIX={prefix}', f'-DCMAKE_PREFIX_PATH={environment}',
                f'-DPython3_EXECUTABLE={python}', '-DBUILD_TESTING=OFF',
            ],
            ['cmake', '--build', output, '--target', 'install'],
        ]  # fmt: skip
    with log.open('w', encoding='utf-8') as said:
        for step in steps:
            command = [str(each) for each in step]
            try:
                subprocess.run(command, env=variables, stdout=said, stderr=said, check=True)
            except (OSError, subprocess.CalledProcessError) as error:
                print(f'Messages could not be built, see {log}: {error}', file=sys.stderr)
                return 1
    return 0


def write_package(folder: Path, name: str) -> None:
    """Write what builds a package of one message."""
    package = PACKAGES[name]
    files = {
        f'msg/{package.message}.msg': f'{package.fields}\n',
        'package.xml': PACKAGE_XML,
        'CMakeLists.txt': CMAKE_LISTS,
    }
    named = {'@package@': name, '@message@': package.message, '@needs@': package.needs}
    for path, template in files.items():
        text = template
        for word, instead in named.items():
            text = text.replace(word, instead)
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding='utf-8')


if __name__ == '__main__':
    sys.exit(main())
