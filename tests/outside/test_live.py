"""The living mock as UbiOps' official client sees it: requests, and the events that they fire.

    UBIHOOK_BIN=target/debug/ubihook venv/bin/pytest -q tests/outside/test_live.py
"""

import json
import urllib.error

import pytest
import ubiops

from live import Mock, Receiver, wait_for

KINDS = ("started", "completed", "failed", "finished")


@pytest.fixture
def mock(tmp_path):
    with Mock(tmp_path) as mock:
        yield mock


@pytest.fixture
def receiver():
    return Receiver()


@pytest.fixture
def api(mock):
    configuration = ubiops.Configuration(host=mock.url, api_key={"Authorization": mock.token})
    configuration.auto_retry_rate_limiting = False
    client = ubiops.ApiClient(configuration)
    yield ubiops.CoreApi(client)
    client.close()


def watch(api, receiver, kind, version=None, name=None, include_result=True):
    """Webhooks for the four events of a kind of object, each with a path of its own."""
    for event in KINDS:
        api.webhooks_create(
            "demo",
            {
                "name": f"{kind}-{event}-{version}",
                "object_type": kind,
                "object_name": name or f"{kind}-1",
                "event": f"{kind}_request_{event}",
                "url": receiver.url(f"/{kind}/{event}"),
                "headers": [{"key": "Authorization", "value": "Token s3cret", "protected": True}],
                "include_result": include_result,
                **({"version": version} if version else {}),
            },
        )


def arrived(receiver, path, count=1):
    """The payloads that came to a path; `count` of them, and no more."""
    wait_for(lambda: len(receiver.calls[path]) >= count, f"{count} at {path}")
    assert len(receiver.calls[path]) == count
    for headers, _ in receiver.calls[path]:
        assert headers["authorization"] == "token s3cret"
        assert headers["content-type"] == "application/json"
        assert headers["user-agent"].startswith("ubihook-mock/")
    return receiver.bodies(path)


def expected(api, kind, event, request, status, name=None, version="v1", result=None):
    """The payload that the reference documents, field by field."""
    name = name or f"{kind}-1"
    of = getattr(api, f"{kind}s_get")("demo", name)
    versions = getattr(api, f"{kind}_versions_list")("demo", name)
    version_id = next(v.id for v in versions if v.version == version)
    verb = {"started": "started", "failed": "failed"}.get(event, "finished")
    body = {
        "event": f"{kind}_request_{event}",
        f"{kind}_id": of.id,
        f"{kind}_name": name,
        f"{kind}_version_id": version_id,
        f"{kind}_version_name": version,
        "request_id": request,
        "status": status,
        "text": f"{kind.capitalize()} request {request} {verb} for {kind} {name} {version} in project demo",
    }
    return body if result is None else {**body, "result": result}


@pytest.mark.parametrize("kind", ["deployment", "pipeline"])
def test_all_events_field_by_field(api, receiver, kind):
    watch(api, receiver, kind)
    create = getattr(api, f"{kind}_requests_create")
    batch = getattr(api, f"batch_{kind}_requests_create")
    good = create("demo", f"{kind}-1", data={"x": 1})
    assert (good.status, good.success, good.result) == ("completed", True, {"x": 1})
    bad = create("demo", f"{kind}-1", data={"ubihook": {"outcome": "failed"}})
    assert (bad.status, bad.success) == ("failed", False)
    assert bad.error_message
    (queued,) = batch("demo", f"{kind}-1", data=[{"ubihook": {"duration_ms": 60_000}}])
    assert queued.status == "pending"
    started = arrived(receiver, f"/{kind}/started", 3)
    getattr(api, f"{kind}_requests_update")("demo", f"{kind}-1", queued.id, {"status": "cancelled"})
    finished = arrived(receiver, f"/{kind}/finished", 3)
    completed = arrived(receiver, f"/{kind}/completed")
    failed = arrived(receiver, f"/{kind}/failed")
    want = lambda event, request, status, **more: expected(api, kind, event, request, status, **more)
    assert completed == [want("completed", good.id, "completed", result={"x": 1})]
    assert failed == [want("failed", bad.id, "failed")]
    by_id = lambda bodies: sorted(bodies, key=lambda body: body["request_id"])
    assert by_id(started) == by_id([want("started", r.id, "processing") for r in (good, bad, queued)])
    assert by_id(finished) == by_id(
        [
            want("finished", good.id, "completed", result={"x": 1}),
            want("finished", bad.id, "failed"),
            want("finished", queued.id, "cancelled"),
        ]
    )


def test_a_training_run_is_a_request_to_an_experiment(api, receiver):
    watch(api, receiver, "deployment", "experiment-1", "training-base-deployment")
    run = api.deployment_version_requests_create(
        "demo", "training-base-deployment", "experiment-1", data={"training_code": "x"}
    )
    (body,) = arrived(receiver, "/deployment/completed")
    assert body == expected(
        api, "deployment", "completed", run.id, "completed",
        name="training-base-deployment", version="experiment-1", result={"training_code": "x"},
    )  # fmt: skip


def test_a_result_of_16384_bytes_is_sent_and_one_more_is_not(api, receiver):
    watch(api, receiver, "deployment")
    for size, there in ((16_384, True), (16_385, False)):
        result = "x" * (size - 2)
        assert len(json.dumps(result)) == size
        request = api.deployment_requests_create(
            "demo", "deployment-1", data={"ubihook": {"result": result}}
        )
        assert request.result == result
        wait_for(
            lambda: any(b["request_id"] == request.id for b in receiver.bodies("/deployment/completed")), "completed"
        )
        body = next(b for b in receiver.bodies("/deployment/completed") if b["request_id"] == request.id)
        assert ("result" in body) is there


def test_list_get_cancel_collect_and_delete(api):
    made = api.batch_deployment_version_requests_create("demo", "deployment-1", "v1", data=[{"n": 1}, {"n": 2}])
    ids = {request.id for request in made}
    listed = wait_for(
        lambda: (found := api.deployment_requests_list("demo", "deployment-1")) and len(found) == 2 and found, "done"
    )
    assert {request.id for request in listed} == ids
    detail = api.deployment_requests_get("demo", "deployment-1", made[0].id)
    assert (detail.status, detail.request_data, detail.result) == ("completed", {"n": 1}, {"n": 1})
    assert detail.time_created <= detail.time_started <= detail.time_completed
    many = api.deployment_requests_batch_get("demo", "deployment-1", data=sorted(ids))
    assert {request.id for request in many} == ids
    (long,) = api.batch_pipeline_requests_create("demo", "pipeline-1", data=[{"ubihook": {"duration_ms": 60_000}}])
    api.pipeline_requests_batch_cancel("demo", "pipeline-1", data=[long.id])
    assert api.pipeline_requests_get("demo", "pipeline-1", long.id).status == "cancelled"
    assert len(api.pipeline_requests_list("demo", "pipeline-1", status="cancelled,failed")) == 1
    api.deployment_requests_delete("demo", "deployment-1", made[0].id)
    api.deployment_requests_batch_delete("demo", "deployment-1", data=[made[1].id])
    assert api.deployment_requests_list("demo", "deployment-1") == []
    plain = api.deployment_requests_create("demo", "deployment-1", data="just text")
    assert plain.result == "just text"


def test_disabled_and_other_versions_are_silent(api, receiver):
    watch(api, receiver, "deployment")
    api.deployment_versions_create("demo", "deployment-1", {"version": "v2"})
    api.deployment_version_requests_create("demo", "deployment-1", "v2", data={})
    for event in KINDS:
        api.webhooks_update("demo", f"deployment-{event}-None", {"enabled": False})
    api.deployment_requests_create("demo", "deployment-1", data={})
    api.webhooks_update("demo", "deployment-finished-None", {"enabled": True})
    request = api.deployment_requests_create("demo", "deployment-1", data={})
    (body,) = arrived(receiver, "/deployment/finished")
    assert body["request_id"] == request.id
    assert receiver.count == 1


def test_logs_have_a_line_for_each_attempt(api, mock):
    receiver = Receiver({"/bad": (500, 0)})
    mock.webhook("good", "deployment_request_completed", receiver.url("/good"))
    mock.webhook("bad", "deployment_request_completed", receiver.url("/bad"), retry=True)
    api.deployment_requests_create("demo", "deployment-1", data={})
    lines = wait_for(
        lambda: (found := api.logs_list("demo", query='| webhook_name = "bad"')) and len(found) == 3 and found, "3"
    )
    assert all(line.metadata.level == "error" and "500" in line.log for line in lines)
    assert len(api.logs_list("demo", query="|= `200` | webhook_name = `good`")) == 1
    assert api.logs_list("demo", query='|= "200" | webhook_name = "bad"') == []
    after = api.logs_list("demo", query='| webhook_name = "bad"', start=lines[0].timestamp + 1, end=2**62)
    assert len(after) == 2
    with pytest.raises(ubiops.exceptions.ApiException) as refused:
        api.logs_list("demo", query='| webhook_name =~ "b.*"')
    assert refused.value.status == 400


def test_faults_are_met_as_often_as_asked(tmp_path):
    with Mock(tmp_path, "--fault", "POST /webhooks=503x1") as mock:

        def status(method="GET", path="/projects/demo/webhooks", body=None):
            try:
                mock.call(method, path, body)
            except urllib.error.HTTPError as error:
                return error.code, error.headers["x-ratelimit-reset"]
            except (OSError, ValueError) as error:
                return type(error).__name__
            except Exception as error:  # a cut body has an exception of its own
                return type(error).__name__
            return 200

        hook = {"name": "w", "object_type": "deployment", "object_name": "deployment-1"}
        hook.update(event="deployment_request_failed", url="http://127.0.0.1:9/")
        assert status("POST", body=hook)[0] == 503
        assert status("POST", body=hook) == 200
        root = mock.url.removesuffix("/v2")

        def ask(fault):
            mock.url, url = root, mock.url
            try:
                return mock.call("POST", "/_mock/faults", {"fault": fault})
            finally:
                mock.url = url

        ask("GET /webhooks=ratelimit:7x1")
        assert status() == (429, "7")
        ask("GET /webhooks=cutx1")
        assert status() in ("RemoteDisconnected", "ConnectionResetError")
        ask("* /webhooks/*=truncatex1")
        assert status("GET", "/projects/demo/webhooks/w") == "IncompleteRead"
        ask("GET *=401")
        assert (status()[0], status()[0]) == (401, 401)
        mock.url, url = root, mock.url
        assert mock.call("DELETE", "/_mock/faults") == {
            "result": "removed",
            "removed": 1,
            "never_applied": [],
        }
        mock.url = url
        assert status() == 200


def test_requests_from_the_shell_wait_for_their_deliveries(mock, receiver):
    mock.webhook("good", "pipeline_request_finished", receiver.url("/"))
    made = mock.run("mock", "request", "--pipeline", "pipeline-1", "--count", "3", "--duration", "100ms", "-o", "json")
    result = json.loads(made.stdout)
    assert (result["result"], result["deliveries"], result["delivered"]) == ("delivered", 3, 3)
    assert len(receiver.bodies()) == 3
    mock.webhook("bad", "pipeline_request_failed", "http://127.0.0.1:9/")
    made = mock.run("mock", "request", "--pipeline", "pipeline-1", "--outcome", "failed", "-o", "json", check=False)
    assert made.returncode == 7
    assert json.loads(made.stdout)["failures"] == [{"webhook": "bad", "error": "Connection error: refused", "count": 1}]
    assert json.loads(made.stderr)["error"]["kind"] == "failed"
    failed = json.loads(mock.run("mock", "deliveries", "--failed", "-o", "json").stdout)
    fields = ["id", "time", "webhook", "event", "request_id", "attempt", "status", "error", "duration_ms"]
    assert [list(attempt) for attempt in failed] == [fields]
