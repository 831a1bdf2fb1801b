"""The official command line, which has no webhooks but the same sign-in."""

from support import OFFICIAL_CLI


def test_the_official_cli_signs_in_and_lists_the_deployments(world):
    mock = world.serve()

    signed_in = world.run("signin", "--api", mock.url, "--token", "-p", mock.token, program=OFFICIAL_CLI)
    signed_in.ends_with(0)
    world.run("current_project", "set", mock.project, program=OFFICIAL_CLI).ends_with(0)

    listed = world.run("deployments", "list", program=OFFICIAL_CLI).ends_with(0)
    assert "deployment-1" in listed.out, listed
