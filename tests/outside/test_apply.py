"""`apply` and `diff` beside other clients: what somebody else changed, a kill at any time, a platform that allows few
calls. The number of kills is in `UBIHOOK_KILL_ROUNDS`."""

import json
import os
import random
import signal
import time

import pytest
import ubiops

from between import Between

VALUE = "Bearer s3cret-of-the-test"
ROUNDS = int(os.environ.get("UBIHOOK_KILL_ROUNDS", "20"))
FIELDS = ("name", "object_type", "object_name", "version", "event", "url", "description", "labels", "timeout", "enabled",
          "retry", "include_result")


@pytest.fixture
def between(world, mock):
    made = []

    def between(*arguments, **named):
        made.append(Between(mock.port, *arguments, **named))
        world.set(UBIOPS_API_HOST=made[-1].url, UBIHOOK_STORE="file", UBIHOOK_SECRET_T=VALUE)
        return made[-1]

    yield between
    for one in made:
        one.close()


@pytest.fixture
def official(mock):
    configuration = ubiops.Configuration(host=f"{mock.url}.1", api_key={"Authorization": mock.token})
    with ubiops.ApiClient(configuration) as client:
        yield ubiops.CoreApi(client)


def manifest(world, webhooks, **more):
    defaults = {"pipeline": "pipeline-1", "event": "failed", "url": "http://127.0.0.1:9/in"}
    whole = {"defaults": defaults, "webhooks": webhooks, **more}
    (world.home / "w.yaml").write_text(json.dumps(whole))


# ------------------------------------------------------------------------------- drift

SECRET = {"key": "Authorization", "value_from": "env:UBIHOOK_SECRET_T"}
PLAIN = {"key": "X-Team", "value": "orders"}
FULL = {"name": "orders", "headers": [SECRET, PLAIN], "labels": {"team": "orders"}, "timeout": 20,
        "description": "Orders that failed", "retry": True}
HIDDEN = {"key": "Authorization", "protected": True}
TEAM = {**PLAIN, "protected": False}

DRIFTS = {
    "a header added": ({"headers": [HIDDEN, TEAM, {"key": "X-By", "value": "hand", "protected": False}]}, ["headers.X-By"]),
    "a header removed": ({"headers": [HIDDEN]}, ["headers.X-Team"]),
    "another value": ({"headers": [HIDDEN, {**TEAM, "value": "order"}]}, ["headers.X-Team"]),
    "a protected one made plain": (
        {"headers": [{**HIDDEN, "protected": False, "value": "seen by all"}, TEAM]}, ["headers.Authorization"]),
    "a protected one removed": ({"headers": [TEAM]}, ["headers.Authorization"]),
    "a label added": ({"labels": {"team": "orders", "by": "hand"}}, ["labels.by"]),
    "a label changed": ({"labels": {"team": "order"}}, ["labels.team"]),
    "the timeout": ({"timeout": 21}, ["timeout"]),
    "the URL's last letter": ({"url": "http://127.0.0.1:9/im"}, ["url"]),
    "a letter of the description": ({"description": "Orders that failed."}, ["description"]),
    "retry": ({"retry": False}, ["retry"]),
    "include_result": ({"include_result": True}, ["include_result"]),
    "the event": ({"event": "pipeline_request_completed"}, ["event"]),
}


@pytest.mark.parametrize("what", DRIFTS)
def test_what_somebody_else_changed_is_seen_and_mended(world, mock, between, official, what):
    counted = between()
    others = [{"name": f"other-{number}", "headers": [SECRET]} for number in range(3)]
    manifest(world, [FULL, *others])
    world.run("apply", "-f", "w.yaml", "--yes").ends_with(0)
    before = official.webhooks_get(mock.project, "orders").to_dict()
    fields, differing = DRIFTS[what]
    official.webhooks_update(mock.project, "orders", fields)

    plan = world.run("diff", "-f", "w.yaml", "--exit-code", "-o", "json").ends_with(10)
    [change] = json.loads(plan.out)["changes"]
    assert (change["name"], [field["field"] for field in change["fields"]]) == ("orders", differing)
    assert "seen by all" not in plan.out + plan.err

    counted.counts.clear()
    world.run("apply", "-f", "w.yaml", "--yes").ends_with(0)
    assert {method: counted.counts[method] for method in ("POST", "PATCH", "DELETE")} == {"POST": 0, "PATCH": 1, "DELETE": 0}
    counted.counts.clear()
    world.run("diff", "-f", "w.yaml", "--exit-code").ends_with(0)
    assert counted.counts == {"GET": 1}
    world.run("apply", "-f", "w.yaml", "--yes").ends_with(0)
    assert not {"POST", "PATCH", "DELETE"} & set(counted.counts), "a second run sent something"

    after = official.webhooks_get(mock.project, "orders").to_dict()
    by_name = lambda headers: sorted((header["key"], header["value"], header["protected"]) for header in headers)
    assert by_name(after.pop("headers")) == by_name(before.pop("headers"))
    assert {field: after[field] for field in FIELDS} == {field: before[field] for field in FIELDS}


def test_the_official_client_reads_what_was_applied(world, mock, between, official):
    between()
    manifest(world, [FULL, {"name": "nightly", "object_type": "deployment", "object_name": "deployment-1"}])
    world.run("apply", "-f", "w.yaml", "--owner", "us", "--yes").ends_with(0)
    found = {webhook.name: webhook for webhook in official.webhooks_list(mock.project)}
    assert set(found) == {"orders", "nightly"}
    orders = found["orders"].to_dict()
    assert {field: orders[field] for field in FIELDS} == {
        "name": "orders", "object_type": "pipeline", "object_name": "pipeline-1", "version": None,
        "event": "pipeline_request_failed", "url": "http://127.0.0.1:9/in", "description": "Orders that failed",
        "labels": {"team": "orders", "ubihook-owner": "us"}, "timeout": 20, "enabled": True, "retry": True,
        "include_result": False}
    assert [(header["key"], header["value"], header["protected"]) for header in orders["headers"]] == [
        ("Authorization", None, True), ("X-Team", "orders", False)]
    assert found["nightly"].object_type == "deployment"


# --------------------------------------------------------------------------- killed at any time

MANY = [{"name": f"w-{number}", "headers": [SECRET]} for number in range(40)]


def test_after_a_kill_at_any_time_another_run_converges(world, mock, between):
    counted = between()
    chance = random.Random(os.environ.get("UBIHOOK_KILL_SEED", "1"))
    apply = ["apply", "-f", "w.yaml", "--owner", "us", "--prune=99", "--yes"]
    killed, third = 0, 0
    for round_ in range(ROUNDS):
        # About half of them are new in each round, some have other fields, and the others are deleted.
        wanted = [{**one, "timeout": chance.choice([10, 20])} for one in MANY if chance.random() < 0.5] or MANY[:1]
        manifest(world, wanted)
        enough = counted.counts.total() + chance.randrange(1, 2 * len(wanted))
        process = world.start(*apply)
        while process.poll() is None and counted.counts.total() < enough:
            time.sleep(0.0005)
        process.send_signal(signal.SIGKILL)
        process.communicate()
        killed += process.returncode == -signal.SIGKILL

        second = world.run(*apply)
        if second.code:
            third += 1
            print(f"round {round_}: {second}")
            second = world.run(*apply)
        second.ends_with(0)
        before = counted.counts.copy()
        world.run(*apply).ends_with(0)
        sent = counted.counts - before
        assert not {"POST", "PATCH", "DELETE"} & set(sent), f"round {round_}: {sent}"
        assert sorted(webhook["name"] for webhook in mock.webhooks()) == sorted(one["name"] for one in wanted)
        held = world.run("secret", "list", "--check", "-o", "json").ends_with(0)
        assert {row["webhook"] for row in json.loads(held.out)} >= {one["name"] for one in wanted}
    print(f"{killed} of {ROUNDS} rounds killed in time, {third} needed a third run")
    assert killed > ROUNDS // 2
    assert third == 0


# ---------------------------------------------------------------------- a limit of calls

def test_a_platform_that_says_only_when_to_try_again_refuses_few_calls(world, mock, between):
    limited = between(calls=20, window=0.5)
    manifest(world, [{"name": f"w-{number}"} for number in range(200)])
    world.run("apply", "-f", "w.yaml", "--yes", "-o", "name", timeout=60).ends_with(0)
    assert len(mock.webhooks()) == 200
    # Those that are under way when the first window ends, and then about one for each window.
    assert limited.counts[429] <= 16 + 2 * limited.counts["windows"], limited.counts


def test_a_platform_that_allows_only_few_calls_gets_them_one_by_one(world, mock, between):
    limited = between(calls=2, window=0.2)
    manifest(world, [{"name": f"w-{number}"} for number in range(24)])
    world.run("apply", "-f", "w.yaml", "--yes", "-o", "name", timeout=60).ends_with(0)
    assert len(mock.webhooks()) == 24


def test_a_limit_that_is_announced_is_kept(world, mock, between):
    announced = lambda left, reset: {"x-ratelimit-remaining": str(left), "x-ratelimit-reset": f"{reset:.3f}"}
    limited = between(calls=30, window=0.5, headers=announced)
    manifest(world, [{"name": f"w-{number}"} for number in range(200)])
    world.run("apply", "-f", "w.yaml", "--yes", "-o", "name", timeout=60).ends_with(0)
    assert len(mock.webhooks()) == 200
    assert limited.counts[429] == 0, limited.counts
