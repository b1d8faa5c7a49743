"""Hypothesis profiles: no deadline, because a busy machine is no counterexample."""

import os

from hypothesis import HealthCheck, settings

settings.register_profile(
    'package',
    deadline=None,
    max_examples=100,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    'thorough', parent=settings.get_profile('package'), max_examples=2000, derandomize=False
)
settings.load_profile(os.environ.get('HYPOTHESIS_PROFILE', 'package'))
