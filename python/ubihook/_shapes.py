"""The data that goes into the mock and comes out of it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Optional, TypedDict, Union

World = Union[Mapping[str, Any], str, "os.PathLike[str]", None]
"""The objects that a mock starts with: what `ubihook mock reset -f` reads, or the path of such a file,
or None for the default objects."""


class Failure(TypedDict):
    """Why deliveries to a webhook failed, and how many."""

    webhook: str
    error: str
    count: int


class RequestOutcome(TypedDict):
    """What became of requests: the output of `ubihook mock request -o json`."""

    result: str
    requests: int
    ids: list[str]
    deliveries: int
    delivered: int
    failed: int
    failures: list[Failure]


class Received(TypedDict):
    """A delivery that a receiver got: a line of `ubihook listen -o ndjson`."""

    number: int
    time: str
    method: str
    path: str
    event: Optional[str]
    request_id: Optional[str]
    headers: list[dict[str, Any]]
    payload: Any
    bytes: int
    verified: Optional[bool]
    repeat: bool
    answered: int
    duration_ms: int
    problem: Optional[str]


class Delivery(TypedDict):
    """One attempt to deliver an event: the output of `ubihook mock deliveries --payload -o json`."""

    id: int
    time: str
    webhook: str
    event: str
    request_id: Optional[str]
    attempt: int
    status: Optional[int]
    error: Optional[str]
    duration_ms: int
    payload: Any
