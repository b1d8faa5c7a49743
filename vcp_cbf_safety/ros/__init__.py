"""ROS 2 at the border: nodes, parameters, conversions, diagnostics, processes."""
