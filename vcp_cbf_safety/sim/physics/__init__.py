"""Robots with wheels, motors, mass and contacts: MuJoCo as the plant of the simulator."""
