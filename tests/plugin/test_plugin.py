"""The pytest plugin, in a pytest of its own with a test module as a team would write it."""

import json
import os
import pathlib
import re
import select
import subprocess
import sys
import textwrap
import urllib.request

import pytest

ROOT = pathlib.Path(__file__).parents[2]

MODULE = """
    import os
    import subprocess
    import sys

    import pytest

    def webhook(url):
        return {
            "name": "orders-failed",
            "object_type": "deployment",
            "object_name": "deployment-1",
            "event": "deployment_request_failed",
            "url": url,
        }

    @pytest.mark.parametrize("round", range(3))
    def test_a_webhook_is_called(ubihook, round):
        # Nothing is left of the test before.
        assert ubihook.client().webhooks_list(ubihook.project) == []
        ubihook.client().webhooks_create(ubihook.project, webhook("http://127.0.0.1:9/"))

        outcome = ubihook.request(deployment="deployment-1", outcome="failed")

        assert (outcome["result"], outcome["failed"]) == ("failed", 1)
        (attempt,) = ubihook.deliveries(webhook="orders-failed", at_least=1)
        assert attempt["request_id"] == outcome["ids"][0]
        assert attempt["payload"]["event"] == "deployment_request_failed"

    def test_code_finds_the_mock_by_its_variables(ubihook):
        assert os.environ["UBIOPS_API_HOST"] == ubihook.url
        assert os.environ["UBIOPS_API_TOKEN"] == ubihook.token
        assert os.environ["UBIHOOK_PROFILE"] == ""
        assert os.environ["UBIHOOK_SECRET_ORDERS"] == "a-value"
        line = [sys.executable, "-m", "ubihook", "auth", "status", "-o", "json"]
        assert b'"signed_in": true' in subprocess.run(line, stdout=subprocess.PIPE, check=True).stdout

    def test_a_fault_ends_with_its_block(ubihook):
        import ubiops
        with ubihook.fault("GET /webhooks=403"):
            with pytest.raises(ubiops.exceptions.ApiException):
                ubihook.client().webhooks_list(ubihook.project)
            with pytest.raises(RuntimeError, match="nested"), ubihook.fault("GET *=403"):
                pass
        assert ubihook.client().webhooks_list(ubihook.project) == []
        with pytest.raises(ValueError, match="doesn't serve"), ubihook.fault("GET /wbhooks=403"):
            pass

    def test_errors_are_those_of_the_command(ubihook):
        with pytest.raises(Exception, match="no webhook `nope`") as failed:
            ubihook.deliveries(webhook="nope")
        assert (failed.value.code, failed.value.kind) == (3, "not_found")

    def test_deliveries_are_expected(ubihook, ubihook_listen):
        ubihook.client().webhooks_create(ubihook.project, webhook(ubihook_listen.url))
        ubihook.request(deployment="deployment-1", outcome="failed", count=2)
        first, second = ubihook_listen.expect(event="failed", object_name="deployment-1", count=2)
        assert first["payload"]["status"] == second["payload"]["status"] == "failed"
        assert ubihook_listen.deliveries == [first, second]
        nearest = "nearest is delivery 1, where status is 'failed'"
        with pytest.raises(AssertionError, match=nearest):
            ubihook_listen.expect(event="failed", status="completed", timeout=0.1)
        for typo in ({"event": "faild"}, {"evnt": "failed"}):
            with pytest.raises(ValueError, match="did you mean"):
                ubihook_listen.expect(**typo)

    class TestAnotherWorld:
        @pytest.fixture
        def ubihook_world(self):
            return {"webhooks": [webhook("https://hooks.example.org/in")]}

        def test_it_starts_with_what_was_chosen(self, ubihook):
            (only,) = ubihook.client().webhooks_list(ubihook.project)
            assert only.name == "orders-failed"
"""
PASSED = 8


@pytest.fixture(autouse=True)
def own_environment(monkeypatch, tmp_path):
    # Must not reach the code under test.
    monkeypatch.setenv("UBIHOOK_PROFILE", "of-the-developer")
    monkeypatch.setenv("UBIHOOK_SECRET_ORDERS", "a-value")
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.mark.parametrize("options", [[], ["-n", "2"]])
def test_a_module_as_a_team_writes_it(pytester, options):
    pytester.makepyfile(textwrap.dedent(MODULE))

    pytester.runpytest_subprocess("-p", "no:cacheprovider", *options).assert_outcomes(passed=PASSED)


def test_the_example_of_the_guide(pytester):
    guide = (ROOT / "docs/guides/testing-without-an-account.md").read_text()
    (example,) = re.findall(r"```python plugin=\S+\n(.*?)```", guide, re.DOTALL)
    pytester.makepyfile(example)

    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=3)


@pytest.mark.parametrize("options, names", [
    (["--ubihook-db", "kept.db"], {"kept.db"}),
    (["--ubihook-db", "kept.db", "-n", "2"], {"kept.gw0.db", "kept.gw1.db"}),
])
def test_a_database_is_kept_and_named(pytester, options, names):
    pytester.makepyfile(textwrap.dedent(MODULE))

    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", *options)

    result.stdout.fnmatch_lines(["ubihook: kept the mock's database *kept*.db"])
    assert names <= {path.name for path in pytester.path.iterdir()}


def test_without_a_binary_all_places_are_named(pytester):
    pytester.makepyfile("""
        import ubihook._binary
        ubihook._binary.NAME = "ubihook-of-nowhere"
        def test_it(ubihook): pass
    """)

    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*could not find the binary `ubihook-of-nowhere`; looked for */bin/*PATH*"])


def test_the_fields_of_expect_are_those_of_the_command():
    from ubihook import _binary, _listener

    for field in _listener._FIELDS:
        line = [_binary.find_binary(), "listen", "-q", "--timeout", "1ms", "--expect", f"{field}=deployment"]
        assert subprocess.run(line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE).returncode == 7, field


def test_any_body_may_have_any_field():
    import ubihook

    with ubihook.Listener("--any") as listener:
        urllib.request.urlopen(urllib.request.Request(listener.url, b'{"action": "opened"}'))
        assert listener.expect(action="opened")


def test_a_listener_that_does_not_start_leaves_nothing_open():
    code = (
        "import gc, ubihook\n"
        "try:\n    ubihook.Listener('--nope')\n"
        "except ubihook.CommandFailed as failed:\n    print(failed.code)\n"
        "gc.collect()\n"
    )
    line = [sys.executable, "-W", "error::ResourceWarning", "-c", code]
    ended = subprocess.run(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    assert (ended.stdout.strip(), ended.stderr) == (b"2", b"")


def test_a_killed_session_leaves_no_mock_behind(tmp_path):
    code = (
        "import os, signal, ubihook; mock = ubihook.Mock(); print(mock._child.process.pid, flush=True); "
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    ended = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    pid = int(ended.stdout)
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    assert select.select([descriptor], [], [], 30)[0]


def test_the_plugin_needs_nothing_until_it_is_used():
    code = (
        "import pytest, json, sys; before = set(sys.modules); import ubihook.pytest_plugin; "
        "print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    ended = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, check=True)

    assert json.loads(ended.stdout) == ["ubihook", "ubihook.pytest_plugin"]
