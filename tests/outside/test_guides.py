"""The examples of the guides that need the official client. All other commands of the documents are
run by `cargo test`."""

import os
import re
import shlex
import sys

import pytest

from support import BINARY, ROOT

GUIDE = (ROOT / "docs/guides/testing-without-an-account.md").read_text()
SUITE = re.findall(r"^\$ (ubihook mock run .*pytest.*)$", GUIDE, re.MULTILINE)


@pytest.fixture
def suite(world):
    """The files of the guide's test suite, and a way to type a command of it."""
    for name, text in re.findall(r"```python file=(\S+)\n(.*?)```", GUIDE, re.DOTALL):
        (world.home / name).parent.mkdir(exist_ok=True)
        (world.home / name).write_text(text)
    world.set(
        PATH=f"{os.path.dirname(sys.executable)}:{BINARY.parent}:{os.environ['PATH']}",
        PYTEST_ADDOPTS="-p no:cacheprovider",
    )
    return lambda line: world.run(*shlex.split(line)[1:])


@pytest.mark.parametrize("line", SUITE)
def test_the_suite_passes_with_the_mock_around_it(suite, line):
    assert "4 passed" in suite(line).ends_with(0).out


def test_the_suite_would_not_without_its_retries(suite, world):
    code = world.home / "orders.py"
    code.write_text(code.read_text().replace("tries=3", "tries=1"))
    plain, faulty = SUITE
    assert "--fault" in faulty

    # The test's own fault, and the one from the start.
    assert "1 failed, 3 passed" in suite(plain).ends_with(1).out
    assert "2 failed, 2 passed" in suite(faulty).ends_with(1).out


def test_the_python_scripts_to_move_from_do_what_is_said_of_them(world):
    guide = (ROOT / "docs/guides/moving.md").read_text()
    create, header, test, rest = re.findall(r"```python\n(.*?)```", guide, re.DOTALL)
    # The callback is nobody's here.
    expected = "assert test.status == \"completed\", test.error_message"
    assert expected in test
    script = world.home / "script.py"
    script.write_text("\n".join([
        "import os, time, ubiops",
        'token, project = "x", os.environ["UBIOPS_PROJECT"]',
        'api_key = {"Authorization": os.environ["UBIOPS_API_TOKEN"]}',
        'configuration = ubiops.Configuration(host=os.environ["UBIOPS_API_HOST"], api_key=api_key)',
        "api = ubiops.CoreApi(ubiops.ApiClient(configuration))",
        create,
        header,
        'headers = api.webhooks_get(project, "orders-done").headers',
        'assert [header.key for header in headers] == ["Authorization", "X-Team"]',
        test.replace(expected, 'assert test.status == "failed"').replace("hooks.example.org", "callback.invalid"),
        rest,
        "assert api.webhooks_list(project) == []",
    ]))

    world.run("mock", "run", "--", sys.executable, script).ends_with(0)
