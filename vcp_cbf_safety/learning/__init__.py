"""Differentiable programs and learned filters; modules in here need the extra `learning`."""
