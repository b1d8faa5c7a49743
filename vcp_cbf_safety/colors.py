"""Colours of pictures and markers, also for colour-blind eyes, and on light and dark ground."""

# Of outcomes by their values; a robot that is led around something is `circulating`.
OUTCOME_COLORS = {
    'nominal': '#0072b2',
    'filtered': '#e69f00',
    'circulating': '#009e73',
    'relaxed': '#cc79a7',
    'braking': '#d55e00',
    'stopped': '#b5122e',
    'idle': '#999999',
}

INK = '#333333'
UNFILTERED = '#555555'
OBSTACLE = '#b9bdc6'
CONTACT = '#d00000'


def rgb(color: str) -> tuple[float, float, float]:
    """Red, green and blue of `#rrggbb`, from 0 to 1."""
    red, green, blue = bytes.fromhex(color.removeprefix('#'))
    return red / 255.0, green / 255.0, blue / 255.0
