"""The largest scale of a command: found finely, and itself checked."""

from hypothesis import given
from hypothesis import strategies as st

from vcp_cbf_safety.checks.scale_search import largest_scale


@given(limit=st.floats(0.0, 1.2), most=st.floats(0.05, 1.0))
def test_it_is_found_to_a_64th(limit: float, most: float) -> None:
    scale, wrong = largest_scale(lambda tried: 'too fast' if tried > limit else None, most)
    assert scale <= min(limit, most)
    assert scale > min(limit, most) - 1.0 / 64.0 - 1e-12
    assert (wrong is None) == (limit >= most)


@given(good=st.sets(st.integers(0, 20)), most=st.floats(0.05, 1.0))
def test_what_goes_out_has_been_checked_whatever_the_check_says(
    good: set[int], most: float
) -> None:
    passed = {0.0}

    def check(scale: float) -> str | None:
        if int(scale * 20.0) in good:
            passed.add(scale)
            return None
        return 'wrong'

    scale, wrong = largest_scale(check, most)
    assert scale in passed
    assert wrong is not None or scale == most
