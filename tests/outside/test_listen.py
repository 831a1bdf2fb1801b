"""The CI step of the guide "Receive and check deliveries", whole: the script as it is there, with the
official client as the code under test."""

import os
import re
import sys

import pytest

from support import BINARY, ROOT

GUIDE = (ROOT / "docs/guides/receiving.md").read_text()
STEP = """
import os, sys, ubiops
configuration = ubiops.Configuration(
    host=os.environ["UBIOPS_API_HOST"], api_key={"Authorization": os.environ["UBIOPS_API_TOKEN"]})
with ubiops.ApiClient(configuration) as client:
    script = {"ubihook": {"outcome": sys.argv[1]}}
    ubiops.CoreApi(client).pipeline_requests_create(
        project_name=os.environ["UBIOPS_PROJECT"], pipeline_name="pipeline-1", data=script, timeout=60)
"""


@pytest.fixture
def step(world):
    """The guide's script; its own request is made by the official client instead."""
    (script,) = re.findall(r"```sh file=ci-step.sh\n(.*?)```", GUIDE, re.DOTALL)
    ours = re.search(r"^ubihook mock request .*$", script, re.MULTILINE).group()
    script = script.replace(ours, f'"{sys.executable}" step.py "$1" || true')
    (world.home / "ci-step.sh").write_text(script)
    (world.home / "step.py").write_text(STEP)
    world.set(PATH=f"{BINARY.parent}:{os.environ['PATH']}")
    return lambda outcome: world.run("mock", "run", "--", "sh", "ci-step.sh", outcome)


def test_the_expected_event_arrives(step):
    ended = step("failed").ends_with(0)
    assert "1 delivery, as expected" in ended.out


def test_another_outcome_ends_with_7_and_names_the_nearest(step):
    ended = step("completed").ends_with(7)
    assert "nearest to event=finished,object_name=pipeline-1,status=failed: delivery 1" in ended.out
    assert "status: expected `failed`, found `completed`" in ended.out
    ended.says("error: 1 expectation not met within 3 s")
