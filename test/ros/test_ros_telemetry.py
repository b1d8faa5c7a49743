"""~/telemetry of a running filter: one message in each cycle, and only while somebody listens."""

from std_msgs.msg import Float64MultiArray


def test_every_cycle_is_told_while_somebody_listens(filters):
    rig = filters.start()
    rig.nominal = (0.3, 0.1)
    rig.wait_for_nominal()
    told = []
    topic = f'/{rig.namespace}/safety_filter/telemetry'
    subscription = rig.node.create_subscription(Float64MultiArray, topic, told.append, 50)
    rig.wait_for(lambda: len(told) > 5)
    names = told[-1].layout.dim[0].label.split(',')
    assert told[-1].data[names.index('safe_v_m_s')] == 0.3
    assert told[-1].data[names.index('safe_omega_rad_s')] == 0.1
    began, sent = len(told), len(rig.commands)
    rig.wait_for(lambda: len(rig.commands) >= sent + 20)
    assert 15 <= len(told) - began <= 25
    rig.node.destroy_subscription(subscription)
