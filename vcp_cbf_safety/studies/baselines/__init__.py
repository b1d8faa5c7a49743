"""The filter beside others, in the scenes of the demo, without ROS."""
