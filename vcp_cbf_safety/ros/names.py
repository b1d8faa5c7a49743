"""What ROS 2 accepts as names."""

import re

# The name of a topic, without substitutions.
TOPIC_NAME = re.compile(r'(~?/)?[A-Za-z_]\w*(/[A-Za-z_]\w*)*', re.ASCII)
