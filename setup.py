"""Build and install the package: with pip on any machine, with colcon in a ROS 2 workspace."""

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path

from setuptools import find_packages, setup

NAME = 'vcp_cbf_safety'
VERSION = '0.1.0'

# Node executables; each has a wrapper in resource/lib for installs without colcon.
EXECUTABLES = {
    'safety_filter': 'vcp_cbf_safety_nodes:safety_filter',
    'arena_sim': 'vcp_cbf_safety_nodes:arena_sim',
    'nominal_driver': 'vcp_cbf_safety_nodes:nominal_driver',
    'physics_sim': 'vcp_cbf_safety_nodes:physics_sim',
    'dashboard': 'vcp_cbf_safety_nodes:dashboard',
}

# DAQP before 0.10.2 solves linear programs only to 1e-7.
INSTALL_REQUIRES = [
    'numpy>=1.26',
    'daqp>=0.10.2,<1',
    'transforms3d>=0.4.1',
    'PyYAML>=6.0',
]

# ROS 2 as wheels, for Linux on x86_64; everywhere else ROS 2 comes from its own packages.
DISTROS_WITH_WHEELS = ('jazzy', 'kilted')
ROS_WHEELS = (
    'rclpy[fastrtps]',
    'ament-index-python',
    'diagnostic-msgs',
    'geometry-msgs',
    'lifecycle-msgs',
    'nav-msgs',
    'sensor-msgs',
    'std-srvs',
    'visualization-msgs',
)

EXTRAS_REQUIRE = {
    **{
        f'ros-{distro}': [
            *(f'ros-{distro}-{name}' for name in ROS_WHEELS),
            # One for all of them.
            'ros-domain-coordinator',
        ]
        for distro in DISTROS_WITH_WHEELS
    },
    # Newer torch comes with gigabytes of CUDA; qpth is the baseline it is measured against.
    'learning': [
        'gymnasium>=1.1',
        'matplotlib>=3.6',
        'qpth==0.0.18',
        'rich>=13.0',
        'safetensors>=0.4',
        'tensorboard>=2.14',
        'torch==2.13.0',
        'tqdm>=4.60',
    ],
    # Rivals of the solver, for `make bench`; `learning` brings qpth. cvxpylayers takes part in
    # benchmarks/qp_layer.py where it is installed, but wants numpy 2, which qpth refuses.
    'benchmark': [
        'clarabel>=0.9',
        'matplotlib>=3.6',
        'osqp>=1.0',
        'proxsuite>=0.6',
        'quadprog>=0.1.12',
        'rich>=13.0',
        'scipy>=1.10',
        'tqdm>=4.60',
    ],
    'studies': [
        'jinja2>=3.1',
        'matplotlib>=3.6',
        'rich>=13.0',
        'rosbags>=0.10',
        'scipy>=1.10',
        'textual>=1.0',
        'tqdm>=4.60',
    ],
    # Campaigns and evaluations over many computers.
    'cluster': ['distributed>=2024.5'],
    # Robots with wheels, motors and contacts, for studies and the node physics_sim.
    'physics': ['mujoco>=3.5,<5'],
    # A rival of `python -m vcp_cbf_safety.studies.baselines`.
    'baselines': ['robotarium-python-simulator'],
    'docs': ['mkdocs-material>=9.5,<10'],
    # launch_pytest does not work with pytest 8.4.
    'test': [
        'catkin-pkg>=1.0',
        'hypothesis>=6.80',
        'pytest>=7.4,<8.4',
        'pytest-timeout>=2.2',
        'quadprog>=0.1.12',
        'scipy>=1.10',
        'setuptools>=70.1',
    ],
    # Pinned: another version makes other mutants than docs/mutation.md explains.
    'mutation': ['mutmut==3.8.1'],
    'dev': [
        'colcon-common-extensions>=0.3',
        'colcon-ros>=0.4',
        'mypy>=1.15,<3',
        'ruff~=0.17.0',
        'types-PyYAML',
    ],
}


def shared_files(folder: str) -> list[tuple[str, list[str]]]:
    """Files of a folder of the source tree, laid out the same way under share/<package>/."""
    found: dict[str, list[str]] = {}
    for path in sorted(Path(folder).rglob('*')):
        if path.is_file() and '__pycache__' not in path.parts:
            found.setdefault(f'share/{NAME}/{path.parent.as_posix()}', []).append(path.as_posix())
    return list(found.items())


def data_files() -> list[tuple[str, list[str]]]:
    """Everything that is installed outside the Python package."""
    files = [
        ('share/ament_index/resource_index/packages', [f'resource/{NAME}']),
        (f'share/{NAME}', ['package.xml']),
        *shared_files('launch'),
        *shared_files('config'),
    ]
    if os.environ.get('COLCON') != '1':
        # setup.cfg puts the executables there under colcon; pip knows only bin/, where neither
        # `ros2 run` nor launch looks.
        files.append((f'lib/{NAME}', [f'resource/lib/{name}' for name in EXECUTABLES]))
    return files


def options() -> dict[str, dict[str, str]]:
    """Let pip build outside the source tree; colcon and sdist have places of their own."""
    if os.environ.get('COLCON') == '1' or 'sdist' in sys.argv:
        return {}
    folder = tempfile.mkdtemp(prefix=f'{NAME}-')
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return {'build': {'build_base': folder}, 'egg_info': {'egg_base': folder}}


setup(
    name=NAME,
    version=VERSION,
    packages=find_packages(include=[NAME, f'{NAME}.*']),
    py_modules=['vcp_cbf_safety_nodes'],
    include_package_data=True,
    data_files=data_files(),
    options=options(),
    python_requires='>=3.10',
    install_requires=INSTALL_REQUIRES,
    extras_require=EXTRAS_REQUIRE,
    entry_points={'console_scripts': [f'{name} = {main}' for name, main in EXECUTABLES.items()]},
    maintainer='vcp_cbf_safety maintainers',
    maintainer_email='noreply@vcp-cbf-safety.example',
    description='Control-barrier safety filter between cmd_vel and a differential-drive robot.',
    long_description=Path('README.md').read_text() if Path('README.md').exists() else '',
    long_description_content_type='text/markdown',
    license='Apache-2.0',
    keywords=['ROS 2', 'control barrier function', 'safety filter', 'mobile robot'],
    zip_safe=True,
)
