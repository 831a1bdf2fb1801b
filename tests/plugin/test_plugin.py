"""The pytest plugin, in a pytest of its own with a test module as a team would write it."""

import json
import os
import pathlib
import re
import select
import subprocess
import sys
import textwrap
import urllib.error
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

    def test_a_fault_that_never_applied_is_an_error(ubihook):
        with pytest.raises(AssertionError, match="nothing met `deliver order=drop` while"):
            with ubihook.fault("deliver order=drop", "GET /webhooks=delay:1msx1"):
                ubihook.client().webhooks_list(ubihook.project)
        with ubihook.fault("deliver order=drop", may_not_apply=True):
            pass
        with pytest.raises(KeyError), ubihook.fault("deliver order=drop"):
            raise KeyError("its own")

    def test_a_timeout_shows_each_attempt_on_a_line(ubihook):
        ubihook.client().webhooks_create(ubihook.project, webhook("http://127.0.0.1:9/"))
        ubihook.request(deployment="deployment-1", outcome="failed")
        with pytest.raises(TimeoutError) as missed:
            ubihook.deliveries(webhook="orders-failed", at_least=3, timeout=0.1)
        said, attempt, retry = str(missed.value).splitlines()
        assert said.startswith("1 of at least 3 delivery attempts of webhook `orders-failed`")
        assert "attempt 1: Connection error" in attempt
        assert retry.startswith("webhook `orders-failed` has retry off")

    def test_a_request_has_to_know_what_for(ubihook):
        with pytest.raises(TypeError, match="deployment=…"):
            ubihook.request()

    def test_a_hint_has_the_names_of_arguments(ubihook):
        ubihook.client().webhooks_create(ubihook.project, webhook("http://127.0.0.1:9/"))
        for name, hint in (("order-failed", "did you mean webhook='orders-failed'"), ("x", "values of webhook: orders")):
            with pytest.raises(Exception, match=hint):
                ubihook.deliveries(webhook=name)
        with pytest.raises(Exception, match="invalid value 'faild' for event"):
            ubihook.deliveries(event="faild")

    class TestAnotherWorld:
        @pytest.fixture
        def ubihook_world(self):
            return {"webhooks": [webhook("https://hooks.example.org/in")]}

        def test_it_starts_with_what_was_chosen(self, ubihook):
            (only,) = ubihook.client().webhooks_list(ubihook.project)
            assert only.name == "orders-failed"
"""
PASSED = 12


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


@pytest.mark.parametrize("guide, passed", [("testing-without-an-account", 4), ("receiving", 2)])
def test_the_example_of_the_guide(pytester, guide, passed):
    text = (ROOT / f"docs/guides/{guide}.md").read_text()
    (example,) = re.findall(r"```python plugin=\S+\n(.*?)```", text, re.DOTALL)
    pytester.makepyfile(example)

    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=passed)


@pytest.mark.parametrize("options, names", [
    (["--ubihook-db", "kept.db"], {"kept.db"}),
    (["--ubihook-db", "kept.db", "-n", "2"], {"kept.gw0.db", "kept.gw1.db"}),
])
def test_a_database_is_kept_and_named(pytester, options, names):
    pytester.makepyfile(textwrap.dedent(MODULE))

    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", *options)

    result.stdout.fnmatch_lines([
        "ubihook: kept the mock's database *kept*.db, as the last test left it",
        "*its deliveries: ubihook mock deliveries --db *kept*.db",
    ])
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
    from ubihook import _binary, _expect

    words = {"event": "failed", "status": "failed", "object_type": "deployment"}
    for field in _expect.FIELDS:
        line = [_binary.find_binary(), "listen", "-q", "--timeout", "1ms", "--expect", f"{field}={words.get(field, 'x')}"]
        assert subprocess.run(line, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE).returncode == 7, field


def test_any_body_may_have_any_field():
    import ubihook

    with ubihook.Listener("--any") as listener:
        urllib.request.urlopen(urllib.request.Request(listener.url, b'{"action": "opened"}'))
        assert listener.expect(action="opened")


PAYLOAD = {
    "event": "pipeline_request_failed",
    "request_id": "r-1",
    "pipeline_name": "orders*2",
    "status": "failed",
    "result": {"total": 3, "items": [{"ok": True}], "text": "a*b"},
}


@pytest.mark.parametrize("wanted, is_met", [
    ({"event": "failed", "object_type": "pipeline"}, True),
    ({"event": "*failed", "object_name": "orders*"}, True),
    ({"object_name": "orders\\*2"}, True),
    ({"object_name": "order"}, False),
    ({"result.total": 3}, True),
    ({"result.total": "3"}, True),
    ({"result.items.0.ok": True}, True),
    ({"result.items.0.ok": 1}, False),
    ({"result.nope": "*"}, False),
    ({"result": {"total": 3.0}}, True),
    ({"result": {"text": "a*"}}, False),
    ({"result": {"items": []}}, False),
    ({"text": None}, False),
])
def test_a_delivery_is_expected_by_the_rules_of_the_command(wanted, is_met):
    from ubihook import _expect

    line = {"method": "POST", "path": "/", "payload": PAYLOAD}
    _expect.check(wanted)

    assert (_expect.differences(line, wanted, False) == {}) is is_met


@pytest.mark.parametrize("condition, is_met", [
    ("event=*failed,object_name=orders*", True),
    ("object_name=orders\\*2", True),
    ("object_name=order", False),
    ("result.total=3,result.items.0.ok=true", True),
    ("result.nope=*", False),
])
def test_the_command_has_the_same_rules(condition, is_met):
    from ubihook import _binary, _expect

    line = [_binary.find_binary(), "listen", "-q", "-o", "ndjson", "--timeout", "5s", "--count", "1"]
    with subprocess.Popen([*line, "--expect", condition, "--exactly"], stdout=subprocess.PIPE) as listen:
        post(json.loads(listen.stdout.readline())["url"], PAYLOAD)
        listen.communicate()
    wanted = dict(part.split("=") for part in condition.split(","))
    delivery = {"method": "POST", "path": "/", "payload": PAYLOAD}

    assert (listen.returncode == 0) is is_met
    assert (_expect.differences(delivery, wanted, False) == {}) is is_met


def post(url, payload):
    body = json.dumps(payload).encode()
    try:
        return urllib.request.urlopen(urllib.request.Request(url, body)).status
    except urllib.error.HTTPError as refused:
        return refused.code


def test_a_repeat_counts_only_if_it_is_asked_for():
    import ubihook

    with ubihook.Listener("--respond", "500,200") as listener:
        assert [post(listener.url, PAYLOAD) for _ in range(2)] == [500, 200]
        first, second = listener.expect(event="failed", count=2, count_repeats=True)
        assert listener.expect(event="failed") == [first]
        with pytest.raises(AssertionError, match="repeats that don't count: 1"):
            listener.expect(event="failed", count=2, timeout=0.1)


def test_a_refused_delivery_is_named_with_its_reason(monkeypatch):
    import ubihook

    monkeypatch.setenv("HOOK_TOKEN", "an-example")
    with ubihook.Listener("--secret-header", "Authorization=Bearer {env:HOOK_TOKEN}") as listener:
        assert post(listener.url, PAYLOAD) == 401
        reason = "; delivery 1 was refused: 401, header `Authorization` is missing$"
        with pytest.raises(AssertionError, match=reason):
            listener.expect(event="failed", timeout=1.0)


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
