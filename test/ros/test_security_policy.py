"""The security policy grants what a filter has on the graph: nothing less, nothing more."""

from collections import Counter
from importlib.util import find_spec
from xml.etree import ElementTree

import pytest

from vcp_cbf_safety.resources import share_directory

POLICY = ElementTree.parse(share_directory() / 'config' / 'security' / 'policy.xml').getroot()
# What the policy says that it is for.
PARAMETERS = {
    'scan_topics': ['scan'], 'scan_mounts': [0.0, 0.0, 0.0], 'map_topic': 'map', 'use_tf': True,
    'peers': ['robot2'],
}  # fmt: skip
# What a filter cannot hear where a message is not installed.
NEEDED = {'map_updates': 'map_msgs', '/tf': 'tf2_msgs', '/tf_static': 'tf2_msgs'}

# What each kind of permission is of, and what rclpy calls those who need it.
ENDS = {
    ('topics', 'publish'): 'publisher',
    ('topics', 'subscribe'): 'subscriber',
    ('services', 'reply'): 'service',
    ('services', 'request'): 'client',
}


def granted(kind, verb):
    """The names of one kind of permission, as they stand in the policy."""
    return [
        name.text
        for block in POLICY.findall(f'enclaves/enclave/profiles/profile/{kind}')
        if block.get(verb) == 'ALLOW'
        for name in block
    ]


def full(name, namespace):
    """Name on the graph, as sros2 makes it."""
    if name.startswith('/'):
        return name
    return f'{namespace}/{name.replace("~/", "safety_filter/")}'


@pytest.fixture(scope='module')
def rig(module_filters):
    # The next name of a filter may be that of its peer.
    made = module_filters.rig(module_filters.launch(PARAMETERS, name='guarded'))
    made.wait_for(made.matched)
    return made


@pytest.mark.parametrize(('kind', 'verb'), ENDS)
def test_the_policy_grants_exactly_what_the_node_has_on_the_graph(rig, kind, verb):
    namespace = f'/{rig.namespace}'
    look = getattr(rig.node, f'get_{ENDS[kind, verb]}_names_and_types_by_node')
    # A filter that drives has all that it ever has.
    rig.nominal = (0.1, 0.0)
    rig.wait_for(lambda: rig.states)
    # Its name may be discovered later than its topics.
    node = ('safety_filter', namespace)
    rig.wait_for(lambda: node in rig.node.get_node_names_and_namespaces())
    expected = {
        full(name, namespace)
        for name in granted(kind, verb)
        if name not in NEEDED or find_spec(NEEDED[name])
    }

    def found():
        return {name for name, _ in look('safety_filter', namespace)}

    rig.wait_for(lambda: expected <= found())
    assert found() == expected


def test_the_policy_has_the_form_of_version_0_2_0():
    assert (POLICY.tag, POLICY.attrib) == ('policy', {'version': '0.2.0'})
    (enclaves,) = POLICY
    (enclave,) = enclaves
    assert (enclaves.tag, enclave.tag, enclave.keys()) == ('enclaves', 'enclave', ['path'])
    (profiles,) = enclave
    (profile,) = profiles
    assert (profiles.tag, profile.tag) == ('profiles', 'profile')
    assert profile.attrib == {'ns': '/', 'node': 'safety_filter'}
    for block in profile:
        ((verb, rule),) = block.items()
        assert ((block.tag, verb) in ENDS, rule) == (True, 'ALLOW')
        assert {each.tag for each in block} == {block.tag.removesuffix('s')}
        assert all(each.text == each.text.strip() for each in block)


@pytest.mark.parametrize(('kind', 'verb'), ENDS)
def test_no_permission_is_there_twice(kind, verb):
    assert set(Counter(granted(kind, verb)).values()) <= {1}
