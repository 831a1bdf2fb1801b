"""The official Python client's contract test, whole, against the mock."""

import sys
import xml.etree.ElementTree as ElementTree

import pytest

from support import ROOT

CONTRACT = ROOT / "tests/contract/test_official_client.py"


@pytest.mark.parametrize("version", ["v2", "v2.1"])
def test_the_official_client_finds_the_platform_that_it_knows(world, version):
    report = world.home / "report.xml"
    script = f'UBIOPS_API_HOST="${{UBIOPS_API_HOST%/v2}}/{version}" exec "$0" "$@"'
    pytest_line = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", CONTRACT]

    ended = world.run("mock", "run", "--", "sh", "-c", script, *pytest_line, timeout=300)

    ended.ends_with(0)
    suite = ElementTree.parse(report).find("testsuite")
    counts = {key: int(suite.get(key)) for key in ("tests", "failures", "errors", "skipped")}
    assert counts["tests"] >= 101, counts  # so many as there were when this was written
    assert (counts["failures"], counts["errors"], counts["skipped"]) == (0, 0, 0), counts
