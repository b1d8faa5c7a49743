"""The script in docs/demo.md makes the worlds.json that the demo reads."""

import subprocess
import sys
from pathlib import Path

import numpy as np
from documents import DOCS, blocks

from vcp_cbf_safety import Circle
from vcp_cbf_safety.sim.barn import read_world

# As the files of the dataset have it: a ground, cylinders, and their state once more.
WORLD = """<sdf version='1.6'><world name='default'>
  <model name='ground_plane'><link name='link'><collision name='collision'>
    <geometry><plane><size>100 100</size></plane></geometry></collision></link></model>
  <model name='unit_cylinder_0'>
    <pose frame=''>-0.075000 0.525000 0.000000 0.000000 0.000000 0.000000</pose>
    <link name='link'>
      <collision name='collision'><geometry><cylinder><radius>0.075000</radius>
        <length>1</length></cylinder></geometry></collision>
      <visual name='visual'><geometry><cylinder><radius>0.5</radius>
        <length>1</length></cylinder></geometry></visual>
    </link>
  </model>
  <state world_name='default'><model name='unit_cylinder_0'>
    <pose frame=''>-0.075 0.525 0 0 0 0</pose></model></state>
</world></sdf>
"""


def test_the_script_of_the_document_makes_worlds_that_the_demo_reads(tmp_path: Path) -> None:
    [script] = blocks(DOCS / 'demo.md', 'python')
    (tmp_path / 'barn_worlds.py').write_text(script, encoding='utf-8')
    (tmp_path / 'BARN' / 'path_files').mkdir(parents=True)
    (tmp_path / 'BARN' / 'world_7.world').write_text(WORLD, encoding='utf-8')
    np.save(tmp_path / 'BARN' / 'path_files' / 'path_7.npy', np.array([[8, 0], [9, 1]]))
    subprocess.run(
        [sys.executable, 'barn_worlds.py', 'BARN'], cwd=tmp_path, check=True, timeout=60
    )
    world = read_world(tmp_path / 'worlds.json', 7)
    assert world.cylinders == (Circle(-0.075, 0.525, 0.075),)
    assert world.path == ((-2.0, 3.0), (-3.375, 5.075), (-3.225, 5.225), (-2.0, 13.0))
