"""All that the official client's `Training`, its waiting helpers and the official command line's
requests can do, found by reflection: a new version of them shows what the mock lacks."""

import inspect
import json
import pathlib
import subprocess

import pytest
import ubiops
from ubiops.training import training as training_module
from ubiops.utils import file_operations, streaming, wait_for

from support import OFFICIAL_CLI

PROJECT = "demo"
DEPLOYMENT, PIPELINE, VERSION = "deployment-1", "pipeline-1", "v1"


@pytest.fixture
def client(mock):
    configuration = ubiops.Configuration(host=mock.url, api_key={"Authorization": mock.token})
    configuration.auto_retry_rate_limiting = False
    client = ubiops.ApiClient(configuration)
    yield client
    client.close()


@pytest.fixture
def api(client):
    return ubiops.CoreApi(client)


def public(thing):
    return {name for name, _ in inspect.getmembers(thing, callable) if not name.startswith("_")}


class Calls:
    """Records which methods of an object are used."""

    def __init__(self, of):
        self._of, self.used = of, set()

    def __getattr__(self, name):
        self.used.add(name)
        return getattr(self._of, name)


def test_training_runs_whole(client, api, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)  # a folder is zipped beside itself
    training = Calls(ubiops.Training(client))
    # `initialize` finds what it makes there already, as every mock starts with it.
    with pytest.raises(ubiops.exceptions.ApiException) as refused:
        training.initialize(PROJECT)
    assert refused.value.status == 400
    api.deployments_delete(PROJECT, "training-base-deployment")
    with pytest.raises(ubiops.exceptions.ApiException, match="Training disabled"):
        training.experiments_list(PROJECT)
    training.initialize(PROJECT)

    api.buckets_create(PROJECT, {"name": "models"})
    made = training.experiments_create(PROJECT, {
        "name": "churn", "environment_name": "python3-11", "instance_type": "1024mb", "default_bucket": "models",
        "labels": {"team": "blue"},
    })
    assert (made.name, made.status, made.environment_name) == ("churn", "available", "python3-11")
    assert made.instance_type == "1024mb"
    assert [one.name for one in training.experiments_list(PROJECT)] == ["churn"]
    found = training.experiments_get(PROJECT, "churn")
    assert (found.default_bucket, found.labels) == ("models", {"team": "blue"})
    changed = training.experiments_update(PROJECT, "churn", {
        "name": "churn-2", "default_bucket": "default", "environment_name": "python3-12",
    })
    assert (changed.name, changed.environment_name) == ("churn-2", "python3-12")
    assert training.experiments_get(PROJECT, "churn-2").default_bucket == "default"

    variable = training.experiment_environment_variables_create(
        PROJECT, "churn-2", {"name": "RATE", "value": "0.1", "secret": False}
    )
    of = (PROJECT, "churn-2", variable.id)
    assert training.experiment_environment_variables_get(*of).value == "0.1"
    data = {"name": "RATE", "value": "hidden", "secret": True}
    assert training.experiment_environment_variables_update(*of, data).value is None
    names = [one.name for one in training.experiment_environment_variables_list(PROJECT, "churn-2")]
    assert names == ["SYS_DEFAULT_BUCKET", "RATE"]
    training.experiment_environment_variables_delete(*of)

    # Code and data of this machine: a file, and a folder.
    (tmp_path / "train.py").write_text("print('training')")
    (tmp_path / "data").mkdir()
    (tmp_path / "data/rows.csv").write_text("1,2")
    run = training.experiment_runs_create(PROJECT, "churn-2", {
        "name": "first", "training_code": "train.py", "training_data": "data", "parameters": {"rate": 0.1},
    })
    assert run.experiment == "churn-2"
    wait_for.wait_for_experiment_run(client, PROJECT, "churn-2", run.id, quiet=True)
    done = training.experiment_runs_get(PROJECT, "churn-2", run.id)
    assert done.status == "completed"
    code = done.request_data["training_code"]
    assert code.startswith("ubiops-file://default/experiments/churn-2/runs/")
    file_operations.download_file(client, PROJECT, file_uri=code, output_path="back.py", _progress_bar=False)
    assert (tmp_path / "back.py").read_text() == "print('training')"
    assert [one.id for one in training.experiment_runs_list(PROJECT, "churn-2")] == [run.id]
    # A file of a bucket is found, and what isn't there is not.
    training.experiment_runs_create(PROJECT, "churn-2", {"name": "again", "training_code": code})
    with pytest.raises(ubiops.exceptions.ApiException) as missing:
        training.experiment_runs_create(PROJECT, "churn-2", {"name": "x", "training_code": code + "x"})
    assert missing.value.status == 404
    training.experiment_runs_delete(PROJECT, "churn-2", run.id)

    long = {"name": "long", "training_code": code, "parameters": {"ubihook": {"duration_ms": 60_000}, "rate": 1}}
    run = training.experiment_runs_create(PROJECT, "churn-2", long)
    training.experiment_runs_update(PROJECT, "churn-2", run.id, {"status": "cancelled"})
    cancelled = training.experiment_runs_get(PROJECT, "churn-2", run.id)
    assert (cancelled.status, cancelled.request_data["parameters"]) == ("cancelled", {"rate": 1})
    training.experiments_delete(PROJECT, "churn-2")
    assert training.experiments_list(PROJECT) == []

    known = public(training_module.Training) - {"wrap_exception"}  # which makes no call
    assert training.used == known, training.used ^ known


def test_what_waits_finds_its_end(client, api, capsys, monkeypatch):
    monkeypatch.setattr(wait_for, "LOGS_COMPLETION_SECONDS", -1)
    monkeypatch.setattr(wait_for.time, "sleep", lambda _: None)
    request = api.deployment_requests_create(PROJECT, DEPLOYMENT, {"a": 1})
    pipeline = api.pipeline_requests_create(PROJECT, PIPELINE, {"a": 1})
    revision = api.revisions_list(PROJECT, DEPLOYMENT, VERSION)[0].id
    run = api.deployment_version_requests_create(PROJECT, "training-base-deployment", "experiment-1", {"a": 1})
    waits = {
        "wait_for_deployment_version": (DEPLOYMENT, VERSION),
        "wait_for_experiment": ("experiment-1",),
        "wait_for_environment": ("python3-12",),
        "wait_for_revision": (DEPLOYMENT, VERSION, revision),
        "wait_for_deployment_request": (DEPLOYMENT, request.id),
        "wait_for_deployment_version_request": (DEPLOYMENT, VERSION, request.id),
        "wait_for_experiment_run": ("experiment-1", run.id),
        "wait_for_pipeline_request": (PIPELINE, pipeline.id),
        "wait_for_pipeline_version_request": (PIPELINE, VERSION, pipeline.id),
    }
    # The mock has neither: it says so, and the guide's table too.
    not_served = {"wait_for_export": "exports", "wait_for_import": "imports"}
    known = {name for name in public(wait_for) if name.startswith("wait_for_")}
    assert known == set(waits) | set(not_served), known ^ (set(waits) | set(not_served))

    for name, arguments in waits.items():
        getattr(wait_for, name)(client, PROJECT, *arguments)
        getattr(wait_for, name)(client, PROJECT, *arguments, stream_logs=True)
        told = capsys.readouterr().out
        assert any(word in told for word in wait_for.SUCCESS_STATUSES), (name, told)
    for name, kind in not_served.items():
        with pytest.raises(ubiops.exceptions.ApiException) as refused:
            getattr(wait_for, name)(client, PROJECT, "1", quiet=True)
        assert f"the mock doesn't serve GET /projects/demo/{kind}/1" in refused.value.body


@pytest.mark.parametrize("version", [None, VERSION])
def test_requests_stream(client, version):
    kinds = {"stream_deployment_request": DEPLOYMENT, "stream_pipeline_request": PIPELINE}
    assert set(kinds) == {name for name in public(streaming) if name.startswith("stream_")} - {"stream_request"}
    for name, of in kinds.items():
        stream = getattr(streaming, name)
        whole = list(stream(client, PROJECT, of, version, {"a": 1}, full_response=True))
        assert [(one.status, one.result) for one in whole] == [("completed", {"a": 1})]
        failing = {"ubihook": {"outcome": "failed"}}
        with pytest.raises(ubiops.exceptions.UbiOpsException, match="was set to fail"):
            list(stream(client, PROJECT, of, version, failing))


@pytest.fixture
def cli(world, mock):
    """The official command line, signed in."""
    def run(*arguments):
        return world.run(*arguments, program=OFFICIAL_CLI).ends_with(0)

    run("signin", "--api", mock.url, "--token", "-p", mock.token)
    run("current_project", "set", mock.project)
    return run


def commands_of(group):
    """The commands of a group, as the command line itself knows them."""
    script = f"from ubiops_cli.src.{group} import requests; import json; print(json.dumps(list(requests.commands)))"
    python = pathlib.Path(OFFICIAL_CLI).with_name("python")
    return set(json.loads(subprocess.check_output([python, "-c", script], text=True)))


@pytest.mark.parametrize("group, of", [("deployments", DEPLOYMENT), ("pipelines", PIPELINE)])
@pytest.mark.parametrize("version", [(), ("-v", VERSION)])
def test_the_command_line_makes_and_shows_requests(cli, world, group, of, version):
    at = (group, "requests")
    made = json.loads(cli(*at, "create", of, *version, "--data", '{"a":1}', "-fmt", "json").out)
    (request,) = made if isinstance(made, list) else [made]
    assert request["status"] == "completed"
    id = request["id"]
    batch = cli(*at, "create", of, *version, "--batch", "--data", '{"a":1}', "--data", '{"a":2}', "-fmt", "json")
    assert len(json.loads(batch.out)) == 2
    used = {"create"}
    for command, more, said in [
        ("get", ("-id", id), id), ("list", (), id), ("input", ("-id", id), '"a"'), ("output", ("-id", id), '"a"'),
    ]:
        used.add(command)
        assert said in cli(*at, command, of, *version, *more).out
    assert used == commands_of(group)


def test_the_command_line_can_have_a_request_fail(cli, world):
    failing = '{"ubihook": {"outcome": "failed", "error_message": "no model"}}'
    for more in (), ("--batch",):
        line = ("deployments", "requests", "create", DEPLOYMENT, *more, "--data", failing)
        ended = world.run(*line, program=OFFICIAL_CLI)
        assert (ended.code != 0 and "no model" in ended.err + ended.out) or more, ended


def test_the_command_line_shows_logs(cli, api, receiver):
    api.webhooks_create(PROJECT, {
        "name": "w", "object_type": "deployment", "object_name": DEPLOYMENT, "event": "deployment_request_completed",
        "url": receiver.url,
    })
    api.deployment_requests_create(PROJECT, DEPLOYMENT, {})
    receiver.wait_for(1)
    for more in [(), ("-q", '| webhook_name = "w"'), ("-q", '|= "attempt 1" | webhook_name = "w"')]:
        line = cli("logs", "--no_pager", *more).out
        while "Webhook w called" not in line:  # it is written once the callback has answered
            line = cli("logs", "--no_pager", *more).out


def test_the_command_line_deletes(cli, api):
    cli("deployments", "delete", DEPLOYMENT, "-y")
    cli("pipelines", "delete", PIPELINE, "-y")
    assert [one.name for one in api.deployments_list(PROJECT)] == ["training-base-deployment"]
    assert api.pipelines_list(PROJECT) == []
