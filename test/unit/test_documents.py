"""Documents: links lead somewhere, code is code, parameters and versions are legal."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from documents import DOCS, DOCUMENTS, ROOT, blocks, names, rows

from vcp_cbf_safety.ros.parameters import PARAMETERS
from vcp_cbf_safety.ros.settings import NodeSettings

every_document = pytest.mark.parametrize('path', DOCUMENTS, ids=lambda path: path.name)


def code_of(language: str) -> list[Any]:
    return [
        pytest.param(block, id=f'{path.name}:{index}')
        for path in DOCUMENTS
        for index, block in enumerate(blocks(path, language))
    ]


def anchors(path: Path) -> set[str]:
    """What may follow # in a link to a document, as GitHub makes it from the headings."""
    headings = re.findall(r'^#+ +(.+)$', path.read_text(encoding='utf-8'), re.MULTILINE)
    return {re.sub(r'[^\w\- ]', '', each.lower()).replace(' ', '-') for each in headings}


@every_document
def test_every_link_inside_the_repository_leads_to_a_file_and_a_heading(path: Path) -> None:
    for target in re.findall(r'\]\(([^)\s]+)\)', path.read_text(encoding='utf-8')):
        if target.startswith('http'):
            continue
        file, _, anchor = target.partition('#')
        linked = path.parent / file if file else path
        assert linked.exists(), f'{path.name} links to {target}'
        assert not anchor or anchor in anchors(linked), f'{path.name} links to {target}'


@pytest.mark.parametrize('block', code_of('python'))
def test_every_python_block_is_python(block: str) -> None:
    ast.parse(block)


def parameters_of_filters(block: str) -> list[dict[str, Any]]:
    """Parameters of each section for a safety filter in a block of YAML."""
    sections = yaml.safe_load(block)
    return [
        section['ros__parameters']
        for node, section in sections.items()
        if node.rsplit('/', 1)[-1] in ('**', 'safety_filter')
    ]


@pytest.mark.parametrize('block', code_of('yaml'))
def test_every_yaml_block_is_yaml_with_legal_parameters_of_the_filter(block: str) -> None:
    for parameters in parameters_of_filters(block):
        NodeSettings.from_parameters(parameters)


def test_yaml_blocks_with_parameters_of_the_filter_are_found() -> None:
    found = [parameters_of_filters(each.values[0]) for each in code_of('yaml')]
    assert sum(map(len, found)) >= 2
    with pytest.raises(ValueError, match='maximum_speed is not a parameter'):
        NodeSettings.from_parameters(
            *parameters_of_filters('/**: {ros__parameters: {maximum_speed: 1.0}}')
        )


def test_versions_in_pip_commands_of_the_readme_are_those_of_setup_py() -> None:
    setup = (ROOT / 'setup.py').read_text(encoding='utf-8')
    readme = (ROOT / 'README.md').read_text(encoding='utf-8')
    commands = re.findall(r'^pip install .*', readme, re.MULTILINE)
    requirements = re.findall(r"'([a-z]+[=<>][^']*)'", '\n'.join(commands))
    assert len(requirements) >= 3
    for requirement in requirements:
        assert f"'{requirement}'" in setup, requirement


def sentences_of_the_code() -> set[str]:
    """Texts of the package with … for what is filled in, whole and without what is to be done."""
    texts = set()
    for path in (ROOT / 'vcp_cbf_safety').rglob('*.py'):
        for node in ast.walk(ast.parse(path.read_text(encoding='utf-8'))):
            parts = node.values if isinstance(node, ast.JoinedStr) else [node]
            values = [getattr(part, 'value', None) for part in parts]
            whole = ''.join(each if isinstance(each, str) else '…' for each in values)
            texts |= {whole, *(whole[: end.start()] for end in re.finditer('[;:,]', whole))}
    # Shorter ones say nothing of their own.
    return {text for text in texts if len(text.replace('…', '')) >= 10}


SENTENCES = [
    sentence
    for row in rows('first_drive.md', 'It does not move')
    for sentence in names(row['sentence'])
]


def test_every_sentence_with_a_cure_is_one_that_the_code_says() -> None:
    patterns = [
        re.compile(re.escape(each).replace('…', '.*'), re.DOTALL)
        for each in sentences_of_the_code()
    ]
    assert len(SENTENCES) >= 20
    for sentence in SENTENCES:
        assert any(pattern.fullmatch(sentence) for pattern in patterns), sentence
    assert not any(pattern.fullmatch('the robot has no wheels') for pattern in patterns)


def test_the_site_has_every_document_once():
    site = yaml.safe_load((ROOT / 'mkdocs.yml').read_text(encoding='utf-8'))

    def pages(entry):
        if isinstance(entry, str):
            return [entry]
        values = entry if isinstance(entry, list) else entry.values()
        return [page for each in values for page in pages(each)]

    assert sorted(pages(site['nav'])) == sorted(path.name for path in DOCS.glob('*.md'))


def test_tuning_names_parameters_that_exist():
    for row in rows('tuning.md', 'Tuning'):
        said = {name.split()[0].rstrip(':') for name in names(row['change'])}
        assert said <= set(PARAMETERS) | {'goal_pose'}, row


def test_evidence_of_the_quality_declaration_exists():
    text = (ROOT / 'QUALITY_DECLARATION.md').read_text(encoding='utf-8')
    files = {name for name in names(text) if re.fullmatch(r'[.\w]+/[\w./]+|\w+\.(py|xml)', name)}
    assert len(files) > 8
    assert not [name for name in files if not (ROOT / name).exists()]
