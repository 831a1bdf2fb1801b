"""The examples of the guides that need the official client. All other commands of the documents are
run by `cargo test`."""

import os
import re
import sys

from support import BINARY, ROOT


def test_the_pytest_example_passes_with_the_mock_around_it(world):
    guide = (ROOT / "docs/guides/testing-without-an-account.md").read_text()
    name, text = re.search(r"```python file=(\S+)\n(.*?)```", guide, re.DOTALL).groups()
    example = world.home / name
    example.parent.mkdir()
    example.write_text(text)
    world.set(PATH=f"{os.path.dirname(sys.executable)}:{BINARY.parent}:{os.environ['PATH']}")

    tested = world.run("mock", "run", "--", "pytest", "-p", "no:cacheprovider", "tests/").ends_with(0)

    assert "1 passed" in tested.out, tested


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
