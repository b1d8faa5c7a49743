"""Fault campaign: real nodes, a fault on the wire or in a process, and what the robot did then."""
