"""Why the newest message of a topic is too old, in a sentence that names topic and parameter."""

from vcp_cbf_safety.ros.inputs import Newest


def silence(newest: Newest, now: float, what: str, parameter: str, timeout: float) -> str:
    """Why nothing has come for too long, '' when something has.

    Args:
        newest: the newest message.
        now: monotonic time [s].
        what: what comes on the topic, for people.
        parameter: name of the parameter with the timeout.
        timeout: its value [s].
    """
    if newest.message is None:
        return f'no {what} on {newest.topic} yet'
    if newest.age(now) > timeout:
        return f'{what} on {newest.topic} is older than {parameter} ({timeout:g} s)'
    return ''


def delay(newest: Newest, now: float, what: str, parameter: str, timeout: float) -> str:
    """Why the content of the newest message is too old although it has just come, '' when not.

    Args: as of `silence`.
    """
    if newest.content_age(now) > timeout:
        return (
            f'{what} on {newest.topic} is older than {parameter} ({timeout:g} s) by its stamp: '
            'it comes late, or the clocks differ (use_sim_time?)'
        )
    return ''
