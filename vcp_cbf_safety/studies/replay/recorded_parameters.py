"""Parameters of nodes, as the topic /parameter_events has them."""

from typing import Any

import numpy as np

# Which field of rcl_interfaces/ParameterValue holds a value of which type.
_FIELDS = {
    1: 'bool_value', 2: 'integer_value', 3: 'double_value', 4: 'string_value',
    6: 'bool_array_value', 7: 'integer_array_value', 8: 'double_array_value',
    9: 'string_array_value',
}  # fmt: skip


def values_of(event: Any) -> dict[str, Any]:
    """Values by name that an rcl_interfaces/ParameterEvent tells."""
    told: dict[str, Any] = {}
    for each in [*event.new_parameters, *event.changed_parameters]:
        field = _FIELDS.get(each.value.type)
        if field is None:
            continue
        value = getattr(each.value, field)
        told[each.name] = np.asarray(value).tolist() if field.endswith('array_value') else value
    return told
