"""What a robot does not need: demos, the campaign, faults on purpose."""
