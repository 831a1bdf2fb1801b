"""The delivery engine from outside: nothing is lost, nobody holds up another, memory stays small.

In full: with the debug build two minutes on two quiet cores, four on busy ones. For a quick look:

    UBIHOOK_CRASH_ROUNDS=3 UBIHOOK_CRASH_EVENTS=1000 UBIHOOK_QUEUE=20000 \\
        tests/outside/run -s -k test_engine
"""

import collections
import contextlib
import json
import os
import random
import resource
import signal
import sqlite3
import time

from live import Mock, Receiver, wait_for

ROUNDS = int(os.environ.get("UBIHOOK_CRASH_ROUNDS") or 20)
EVENTS = int(os.environ.get("UBIHOOK_CRASH_EVENTS") or 5000)
QUEUE = int(os.environ.get("UBIHOOK_QUEUE") or 100_000)

# What the engine has at most under way, and in one write.
IN_FLIGHT, GROUP = 64, 512

# What is kept of the past: how many attempts and requests, and for how long.
ATTEMPTS, REQUESTS, AGE = 50_000, 10_000, 7 * 24 * 60 * 60 * 1_000_000

# Pages that are kept free for what comes next.
SPARE = 64 * 4096

EVENT = "deployment_request_completed"


def request(mock, count, wait=False):
    more = [] if wait else ["--no-wait"]
    return mock.run("mock", "request", "--deployment", "deployment-1", "--count", str(count), "-o", "json", *more)


def attempts(mock, *more):
    return json.loads(mock.run("mock", "deliveries", "-o", "json", *more).stdout)


def held(mock):
    """The bytes that the database has, those in its log included."""
    with contextlib.closing(sqlite3.connect(f"file:{mock.db}?mode=ro", uri=True)) as connection:
        return sum(connection.execute("PRAGMA page_count").fetchone()) * 4096


def files(mock):
    """The bytes that the database takes on the disk, its log included."""
    log = mock.db.with_name(mock.db.name + "-wal")
    return mock.db.stat().st_size + (log.stat().st_size if log.exists() else 0)


def rows(mock, table):
    with contextlib.closing(sqlite3.connect(f"file:{mock.db}?mode=ro", uri=True)) as connection:
        return connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def test_no_crash_loses_an_event(tmp_path):
    receiver = Receiver()
    mock = Mock(tmp_path)
    mock.webhook("w", EVENT, receiver.url())
    chance = random.Random(6)
    for number in range(ROUNDS):
        with receiver.lock:
            receiver.calls.clear()
            receiver.answered.clear()
        mock.end(signal.SIGKILL) if number else mock.end()
        request(mock, EVENTS)
        mock.start()
        at = chance.uniform(0, EVENTS * 0.9)
        wait_for(lambda at=at: len(receiver.calls["/"]) >= at, "some deliveries")
        mock.end(signal.SIGKILL)
        before = len(receiver.calls["/"])
        mock.start()
        counted = lambda: collections.Counter(body["request_id"] for body in receiver.bodies())
        enough = lambda: len(receiver.calls["/"]) >= EVENTS and len(counted()) >= EVENTS
        wait_for(enough, "every event at least once", 120)
        wait_for(lambda: not rows(mock, "deliveries"), "all recorded")
        seen = counted()
        twice = sum(seen.values()) - len(seen)
        print(f"round {number + 1}: killed at {before} of {EVENTS}, {twice} twice, at most {IN_FLIGHT + GROUP}")
        assert len(seen) == EVENTS
        assert twice <= IN_FLIGHT + GROUP
        recorded = {a["request_id"] for a in attempts(mock) if a["error"] is None}
        assert set(seen) <= recorded
        assert not {id for id in recorded & set(seen) if not receiver.answered[id]}
    mock.end()


def test_a_dead_and_a_slow_receiver_hold_up_nobody(tmp_path):
    receiver = Receiver({"/slow": (200, 5)})
    slow = Receiver({"/slow": (200, 5)})
    dead = Receiver({"/dead": (200, 3600)})
    with Mock(tmp_path) as mock:
        mock.webhook("dead", EVENT, dead.url("/dead"), timeout=30)
        mock.webhook("slow", EVENT, slow.url("/slow"), timeout=30)
        mock.webhook("fast", EVENT, receiver.url("/fast"))
        request(mock, 1000)
        wait_for(lambda: len(receiver.times["/fast"]) == 1000, "all of the fast one's")
        wait_for(lambda: len(slow.times["/slow"]) >= 10, "the slow one's tenth")
        ahead = slow.times["/slow"][9] - receiver.times["/fast"][-1]
        print(f"the fast one's last came {ahead:.2f} s before the slow one's tenth")
        assert ahead > 0
        mock.end(signal.SIGKILL)


def test_a_long_queue_takes_no_memory_and_the_file_becomes_small_again(tmp_path):
    receiver = Receiver(keep=False)
    with Mock(tmp_path) as mock:
        mock.webhook("w", EVENT, receiver.url(), timeout=30, retry=True)
        request(mock, 10)
        wait_for(lambda: receiver.count == 10, "the first")
        idle, size = mock.memory("VmHWM"), held(mock)
        receiver.open.clear()
        request(mock, QUEUE)
        full = held(mock)
        receiver.open.set()
        begun = time.monotonic()
        wait_for(lambda: receiver.count >= QUEUE + 10, "all of them", 300)
        took = time.monotonic() - begun
        peak = mock.memory("VmHWM")
        print(f"{QUEUE} queued: idle {idle:.1f} MiB, peak {peak:.1f} MiB; {QUEUE / took:.0f} a second into Python")
        assert peak - idle < 32
        # What waited is gone at once; of the past the last are kept.
        wait_for(lambda: not rows(mock, "deliveries"), "all recorded")
        wait_for(lambda: rows(mock, "attempts") <= ATTEMPTS and rows(mock, "requests") <= REQUESTS, "the last alone")
        kept = wait_for(lambda: (now := files(mock)) < full / 2 + SPARE and now, "a smaller file")
        assert rows(mock, "attempts") == min(ATTEMPTS, QUEUE + 10)
        print(f"database: {size >> 10} KiB at first, {full >> 10} full, {kept >> 10} of which the last are kept")
        # As if a week had gone by.
        with contextlib.closing(sqlite3.connect(mock.db, timeout=60)) as connection:
            connection.execute("UPDATE attempts SET time = time - ?", [AGE])
            connection.execute("UPDATE requests SET ended = ended - ?", [AGE])
            connection.commit()
        small = wait_for(lambda: (now := files(mock)) <= size + SPARE and now, "the first size")
        print(f"database: {small >> 10} KiB when all of it is older than a week")
        assert (rows(mock, "attempts"), rows(mock, "requests")) == (0, 0)


def test_the_cost_of_an_event_does_not_grow_with_the_webhooks(tmp_path):
    receiver, events, mocks, costs = Receiver(keep=False), 5000, {}, {}
    for webhooks in (10, 100, 1000):
        (folder := tmp_path / str(webhooks)).mkdir()
        mocks[webhooks], costs[webhooks] = Mock(folder), []
        for number in range(webhooks):
            mocks[webhooks].webhook(f"w{number}", EVENT, receiver.url())
        mocks[webhooks].end()

    def spent():
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    # Of the mock's own processor time, from the request to the recorded outcome. A busy machine only
    # ever adds to it, and not to one size alone: so in turns, and the least counts.
    for _ in range(10):
        for webhooks, mock in mocks.items():
            before = spent()
            request(mock, events // webhooks, wait=True)
            costs[webhooks].append((spent() - before) / events * 1e6)
        least = {webhooks: min(of) for webhooks, of in costs.items()}
        flat = max(least.values()) <= 1.5 * min(least.values())
        if flat and len(costs[10]) >= 3:
            break
    shown = {webhooks: round(cost, 1) for webhooks, cost in least.items()}
    print(f"µs an event: {shown}, {len(costs[10])} rounds")
    assert flat
