"""`doctor` about receivers that only a test with real certificates can have."""

import json

from test_trust import authority, https  # noqa: F401


def test_a_certificate_that_nobody_knows_is_the_verdict(world, authority):  # noqa: F811
    url = https(*authority("127.0.0.1"))
    world.run("create", "w", "--mock", "--pipeline", "pipeline-1", "--event", "failed", "--url", url).ends_with(0)

    def verdict(code, *more):
        return world.run("doctor", "w", "--mock", *more).ends_with(code).out.splitlines()[0]

    reason = "Connection error: certificate of an unknown authority"
    world.run("mock", "request", "--pipeline", "pipeline-1", "--outcome", "failed").ends_with(7)
    found = verdict(7)
    assert found.startswith("the last log line about webhook `w`") and reason in found
    world.run("test", "w", "--mock").ends_with(7).says("`ubihook doctor w --mock`")
    found = verdict(7)
    assert found.startswith("the last test of webhook `w` failed") and reason in found
    assert found.endswith("the receiver's certificate is not one that the platform trusts")
    trusted = ("--ca-cert", authority.ca)
    world.run("test", "w", "--mock", *trusted).ends_with(0)
    world.run("mock", "request", "--pipeline", "pipeline-1", "--outcome", "failed", *trusted).ends_with(0)
    assert verdict(0).endswith("Received status code 200; before it the log has 1 error")


def checked(world, code):
    ended = world.run("doctor", "-o", "json").ends_with(code)
    return {check["id"]: check for check in json.loads(ended.out)["checks"]}


def test_a_keyring_is_tried_for_real_and_nothing_is_left(world, mock, keyring):
    world.set(UBIHOOK_STORE="keyring")
    assert checked(world, 0)["keyring"]["status"] == "pass"
    assert keyring.found() == []


def test_a_session_without_a_keyring_matters_to_who_asks_for_one(world, mock):
    for store, status, code in ("keyring", "fail", 7), ("auto", "warn", 0), ("file", "skip", 0):
        world.set(UBIHOOK_STORE=store)
        assert checked(world, code)["keyring"]["status"] == status, store


def test_five_faults_are_mended_with_what_doctor_says(world, mock):
    """Each round does what the first hint says, and nothing else."""
    config = world.home / ".config/ubihook/config.toml"
    config.parent.mkdir(parents=True)
    config.write_text("[profile.default]\nproject = \"demo\"\n")
    world.set(V="a-protected-value")
    world.run("create", "w", "--pipeline", "pipeline-1", "--event", "failed", "--url", "http://127.0.0.1:9/in",
              "--enabled=false", "--secret-header", "X=env:V", "--store", "file", "--project", "demo")
    config.write_text("[profile.default]\nprojct = \"demo\"\n")  # 1: a typo in the file
    token = world.env["UBIOPS_API_TOKEN"]
    world.set(UBIHOOK_STORE="vault", UBIOPS_API_TOKEN="Token an-old-one")  # 2: no such store; 3: a token of yesterday
    world.unset("UBIOPS_PROJECT")
    world.state.mkdir(parents=True, exist_ok=True)
    secrets = world.state / "secrets.json"
    secrets.write_text("{}") if not secrets.exists() else None
    secrets.chmod(0o644)  # 4: readable by others

    def first():
        ended = world.run("doctor", "w").ends_with(7)
        return ended.out.splitlines()[0], ended.err

    said, _ = first()
    assert "config.toml:2: unknown key `projct`; did you mean `project`?" in said
    config.write_text("[profile.default]\nproject = \"demo\"\n")
    said, hint = first()
    assert "rejected" in said and "set UBIOPS_API_TOKEN to a valid token" in hint
    world.set(UBIOPS_API_TOKEN=token)
    said, hint = first()
    assert said.startswith("webhook `w` is disabled") and "ubihook update w --enabled" in hint  # 5
    world.run("update", "w", "--enabled", "--store", "none").ends_with(0)
    said, _ = first()
    assert said.startswith("UBIHOOK_STORE: must be")
    world.set(UBIHOOK_STORE="file")
    said, hint = first()
    assert "secrets.json is accessible to other users" in said and "ubihook doctor --fix" in hint
    ended = world.run("doctor", "w", "--fix").ends_with(0).says("secrets.json is private again")
    assert "nothing was due" in ended.out.splitlines()[0]
