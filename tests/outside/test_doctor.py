"""`doctor` about receivers that only a test with real certificates can have."""

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
    assert verdict(0).startswith("found nothing wrong with webhook `w`: the last delivery of webhook `w`")
