"""Everything around it misbehaves: each command ends with a clear sentence and the right code, has
changed nothing, has sent nothing twice, and has shown no secret."""

import json
import os
import resource
import signal
import socket
import subprocess

import pytest

from support import BINARY, PATIENCE
from wire import Wire, answer, cut, drip, flood, silent

# Never to be seen anywhere.
VALUE = "marker-of-a-protected-value"
TOKEN = "marker0of0a0token"
USERINFO = "marker-userinfo"
# Only in the data of get, list and files.
PATH = "marker-of-a-path"
PLAIN = "marker-of-a-plain-value"

WEBHOOK = {
    "id": "8d2b6c5e-0a3e-4b7e-9f61-0d6f5d2f9a10", "name": "w", "object_type": "deployment", "object_name": "d",
    "version": None, "url": f"https://hooks.example.org/{PATH}?{PATH}", "event": "deployment_request_failed",
    "headers": [{"key": "Authorization", "value": None, "protected": True},
                {"key": "X-Plain", "value": PLAIN, "protected": False}],
    "creation_date": "2026-02-03T10:11:12.345678Z", "last_updated": "2026-02-03T10:11:12.345678Z",
    "description": "", "labels": {}, "timeout": 10, "enabled": True, "retry": False, "include_result": False,
}
CREATE = ["create", "w", "--deployment", "d", "--event", "failed", "--url", WEBHOOK["url"],
          "--secret-header", "Authorization=env:VALUE", "--header", f"X-Plain: {PLAIN}", "--store", "file"]
READ = ["get", "w"]
UPDATE = ["update", "w", "--secret-header", "Authorization=env:VALUE", "--store", "file"]
DELETE = ["delete", "w", "--yes"]


@pytest.fixture
def platform(world):
    """Starts a platform that plays scripts, and points the world at it."""
    wires = []

    def start(*scripts, **options):
        wire = Wire(*scripts, **options)
        wires.append(wire)
        world.set(UBIOPS_API_HOST=wire.host, UBIOPS_API_TOKEN=TOKEN, UBIOPS_PROJECT="p", VALUE=VALUE)
        return wire

    yield start
    for wire in wires:
        wire.close()


def shown(world, *arguments, **options):
    """Runs it as text and checks what is seen; then, for the object, the caller runs it as JSON."""
    ended = world.run(*arguments, **options)
    for marker in (VALUE, TOKEN, USERINFO):
        assert marker not in ended.out + ended.err, ended
    for marker in (PATH, PLAIN):
        assert marker not in ended.err, ended
    return ended


def fails(world, code, *arguments, words=(), **options):
    """Ends with `code` and a sentence, as text and as JSON; tells the error object."""
    text = shown(world, *arguments, **options).ends_with(code).says("error: ", *words)
    assert "panicked" not in text.err and text.out == "", text
    ended = shown(world, *arguments, "-o", "json", **options).ends_with(code)
    error = json.loads(ended.err.splitlines()[-1])["error"]
    assert list(error) == ["kind", "message", "hint", "exit", "http_status", "retryable"]
    assert error["exit"] == code and error["message"], ended
    return error


# --------------------------------------------------------------------------- the way there


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def test_a_refused_connection(world):
    world.set(UBIOPS_API_HOST=f"http://127.0.0.1:{closed_port()}", UBIOPS_API_TOKEN=TOKEN, UBIOPS_PROJECT="p", VALUE=VALUE)
    error = fails(world, 6, *READ, words=["could not reach"])
    assert (error["kind"], error["retryable"], error["http_status"]) == ("unreachable", True, None)
    fails(world, 6, *CREATE, words=["could not create webhook `w`"])


def test_a_name_that_is_not_known(world):
    world.set(UBIOPS_API_HOST="https://no-such-host.invalid", UBIOPS_API_TOKEN=TOKEN, UBIOPS_PROJECT="p")
    fails(world, 6, *READ, words=["could not reach"])


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    """An authority of the tests' own, and certificates that are good, expired, of another name."""
    folder = tmp_path_factory.mktemp("tls")

    def openssl(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], cwd=folder, check=True, capture_output=True, timeout=PATIENCE)

    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", 30,
            "-subj", "/CN=test authority", "-keyout", "ca.key", "-out", "ca.pem")
    for name, host, dates in [
        ("good", "IP:127.0.0.1", ["-days", 5]),
        ("other", "DNS:other.example.org", ["-days", 5]),
        ("expired", "IP:127.0.0.1", ["-not_before", "20200101000000Z", "-not_after", "20200201000000Z"]),
    ]:
        (folder / "ext").write_text(f"subjectAltName={host}\n")
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=x",
                "-keyout", f"{name}.key", "-out", f"{name}.csr")
        if name == "expired":
            sign_in_the_past(folder, openssl)
        else:
            openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                    *dates, "-extfile", "ext", "-out", f"{name}.pem")
    return folder


def sign_in_the_past(folder, openssl):
    """`openssl x509` has no dates of one's own in every version; `openssl ca` has."""
    (folder / "index.txt").write_text("")
    (folder / "serial").write_text("1000\n")
    (folder / "ca.cnf").write_text(
        "[ca]\ndefault_ca=x\n[x]\ndatabase=index.txt\nserial=serial\nnew_certs_dir=.\ncertificate=ca.pem\n"
        "private_key=ca.key\ndefault_md=sha256\npolicy=p\nx509_extensions=e\n[p]\ncommonName=supplied\n"
        "[e]\nsubjectAltName=IP:127.0.0.1\n"
    )
    openssl("ca", "-batch", "-config", "ca.cnf", "-startdate", "20200101000000Z", "-enddate", "20200201000000Z",
            "-in", "expired.csr", "-out", "expired.pem")


@pytest.fixture
def tls(platform, certificates, world):
    import ssl

    def start(name):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificates / f"{name}.pem", certificates / f"{name}.key")
        wire = platform(answer(200, []), context=context)
        world.set(UBIOPS_API_HOST=f"https://127.0.0.1:{wire.port}/v2")
        return wire

    return start


def test_tls_of_an_unknown_authority_is_refused_and_accepted_when_it_is_named(world, tls, certificates):
    wire = tls("good")
    error = fails(world, 6, "list", words=["certificate"])
    assert "--ca-cert" in error["hint"] and error["retryable"] is False
    assert wire.requests == []
    shown(world, "list", "--ca-cert", certificates / "ca.pem").ends_with(0)
    assert wire.requests[0].headers["authorization"] == f"Token {TOKEN}"


@pytest.mark.parametrize("name,words", [("expired", "certificate has expired"), ("other", "is for a different host name")])
def test_tls_that_is_expired_or_of_another_name_is_refused_although_the_authority_is_known(
    world, tls, certificates, name, words
):
    wire = tls(name)
    error = fails(world, 6, "list", "--ca-cert", certificates / "ca.pem", words=[words])
    # The command to look further has the user's own option; no other authority would help.
    hint = error["hint"].replace(f"--ca-cert {certificates / 'ca.pem'}", "")
    assert "--ca-cert" not in hint and error["retryable"] is False
    assert wire.requests == []


@pytest.mark.parametrize("content", ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_a_ca_file_without_a_certificate(world, tls, tmp_path, content):
    tls("good")
    path = tmp_path / "ca.pem"
    path.write_text(content)
    fails(world, 2, "list", "--ca-cert", path, words=["ca.pem"])


def test_a_proxy_that_refuses_asks_for_credentials_or_hangs(world, platform):
    refused = closed_port()
    asks = platform(answer(407, "no", "Proxy-Authenticate: Basic", kind="text/plain"))
    hangs = platform(silent)
    world.set(UBIOPS_API_HOST="https://api.example.org/v2")
    for port in (refused, asks.port, hangs.port):
        world.set(HTTPS_PROXY=f"http://{USERINFO}:{USERINFO}@127.0.0.1:{port}")
        error = fails(world, 6, "list", "--api-timeout", "300ms", words=["could not reach", f"proxy http://127.0.0.1:{port} (from HTTPS_PROXY): "])
        assert ("HTTPS_PROXY" in (error["hint"] or ""), error["retryable"]) == (port == asks.port, port != asks.port)
    # In text and in JSON, each asked once: without a name it would be refused again.
    assert [request.method for request in asks.requests] == ["CONNECT"] * 2
    assert TOKEN not in str(asks.requests[0].headers)


def test_loopback_never_goes_through_a_proxy(world, platform):
    wire = platform(answer(200, []))
    world.set(HTTP_PROXY=f"http://127.0.0.1:{closed_port()}", http_proxy=f"http://127.0.0.1:{closed_port()}")
    shown(world, "list").ends_with(0)
    assert len(wire.requests) == 1


# --------------------------------------------------------------------------- what comes back


@pytest.mark.parametrize(
    "script,word",
    [
        (answer(200, "<html>hello</html>", kind="text/html"), "HTML"),
        (answer(200, '{"id": "1", "na'), "truncated JSON"),
        (answer(200, {"id": 1}), "unexpected JSON"),
        (answer(200, "[" * 100_000), "JSON"),
        (answer(200, b'{"id": "\xff\xfe"}'), "JSON"),
        (answer(200, ""), "an empty body"),
        (answer(404, "<html>nginx</html>", kind="text/html"), "not the UbiOps API"),
    ],
    ids=["html", "truncated", "shape", "nested", "utf-8", "empty", "404-html"],
)
def test_an_answer_that_is_not_the_apis(world, platform, script, word):
    wire = platform(script)
    fails(world, 6, *READ, words=[word])
    assert wire.methods() == ["GET", "GET"], "one a command: it isn't tried again"


def test_64_mebibytes_are_not_read_to_their_end(world, platform):
    platform(flood(80))
    error = fails(world, 6, "list", words=["64 MiB"])
    assert error["kind"] == "unreachable"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_takes_neither_token_nor_body_along(world, platform, status):
    other = platform(answer(200, WEBHOOK))
    wire = platform(answer(status, "", f"Location: {other.host}/projects/p/webhooks/w"))
    for line in (READ, CREATE):
        error = fails(world, 5, *line, words=[str(status)])
        assert error["kind"] == "refused" and error["http_status"] == status
    assert other.requests == [] and len(wire.requests) == 4


QUOTING = f"no: Token {TOKEN}, {VALUE}, \x1b[31mred\x07"


@pytest.mark.parametrize("error", [QUOTING, [QUOTING], {"name": [QUOTING]}], ids=["string", "list", "object"])
@pytest.mark.parametrize("status,code,kind", [
    (400, 5, "refused"), (401, 4, "auth"), (403, 4, "auth"), (404, 3, "not_found"), (409, 5, "refused"),
    (422, 5, "refused"),
])
def test_a_refusal_is_told_in_its_words_without_what_they_quote(world, platform, status, code, kind, error):
    wire = platform(answer(status, {"error": error}))
    told = fails(world, code, *UPDATE, words=["no: "])
    assert (told["kind"], told["http_status"]) == (kind, status)
    assert "\x1b" not in told["message"]
    assert set(wire.methods()) == {"GET"}, "read first, and that was refused"


def test_a_refused_create_quotes_nothing_and_is_sent_once(world, platform):
    refused, missing = answer(400, {"error": QUOTING}), answer(404, {"error": "Webhook was not found"})

    def play(connection, request, closing):
        (refused if request.method == "POST" else missing)(connection, request, closing)

    wire = platform(play)
    told = fails(world, 5, *CREATE, words=["could not create webhook `w`"])
    assert told["kind"] == "refused"
    assert wire.methods()[0] == "POST" and VALUE in wire.requests[0].body.decode()
    kept = (world.state / "secrets.json").read_text() if (world.state / "secrets.json").exists() else ""
    assert VALUE not in kept, "a definite no leaves nothing behind"


# --------------------------------------------------------------------------- again, and never twice


@pytest.mark.parametrize("headers", [["x-ratelimit-reset: 0"], ["Retry-After: 0"], ["x-ratelimit-reset: soon"], []])
def test_too_many_calls_are_tried_again_writes_too(world, platform, headers):
    wire = platform(answer(429, {"error": "slow down"}, *headers), answer(429, {"error": "slow down"}, *headers), answer(201, WEBHOOK))
    shown(world, *CREATE).ends_with(0)
    assert wire.methods() == ["POST"] * 3


def test_too_many_calls_for_ever(world, platform):
    wire = platform(answer(429, {"error": "slow down"}, "x-ratelimit-reset: 0"))
    error = fails(world, 6, *READ, words=["slow down"])
    assert (error["http_status"], error["retryable"]) == (429, True)
    assert wire.methods() == ["GET"] * 6


def test_a_wait_that_does_not_fit_is_not_begun(world, platform):
    wire = platform(answer(429, {"error": "slow down"}, "x-ratelimit-reset: 61"))
    fails(world, 6, *READ, words=["1 min 1 s"])
    assert wire.methods() == ["GET"] * 2


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_read_is_tried_three_times_and_a_write_once(world, platform, status):
    wire = platform(answer(status, "<html>", kind="text/html"))
    error = fails(world, 6, *READ, words=[str(status)])
    assert error["http_status"] == status and error["retryable"] is True
    assert wire.methods() == ["GET"] * 6
    wire.requests.clear()
    fails(world, 6, *CREATE)
    assert wire.methods().count("POST") == 2, "one a command"


BROKEN = {
    "before": cut(),
    "in-headers": cut(b"HTTP/1.1 200 OK\r\nContent-Ty"),
    "after-headers": cut(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n"),
    "mid-body": cut(b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"id": "1"'),
}


@pytest.mark.parametrize("where", BROKEN)
def test_a_cut_connection(world, platform, where):
    wire = platform(BROKEN[where])
    error = fails(world, 6, *READ, words=["could not reach"])
    assert error["retryable"] is True and wire.methods() == ["GET"] * 6
    wire.requests.clear()
    fails(world, 6, *CREATE)
    assert wire.methods().count("POST") == 2, "one a command"


@pytest.mark.parametrize("script", [silent, drip], ids=["silent", "drip"])
def test_an_answer_that_does_not_come_in_time(world, platform, script):
    wire = platform(script)
    fails(world, 6, *READ, "--api-timeout", "300ms", words=["no answer in 300 ms"])
    assert wire.methods() == ["GET"] * 6


@pytest.mark.parametrize("where", BROKEN)
def test_a_create_whose_answer_was_cut_is_made_once(world, platform, where):
    status = answer(200, {"status": "ok"})
    wire = platform(BROKEN[where], answer(200, WEBHOOK), status, answer(200, WEBHOOK))
    ended = shown(world, *CREATE, "-o", "json")
    assert ended.json()["result"] == "created"
    # The second GET asks what time the platform has.
    assert wire.methods() == ["POST", "GET", "GET", "PATCH"]
    sent = json.loads(wire.requests[3].body)
    assert {"key": "Authorization", "value": VALUE, "protected": True} in sent["headers"]


def test_a_lost_create_that_is_there_but_different(world, platform):
    wire = platform(cut(), answer(200, {**WEBHOOK, "timeout": 11, "object_name": "other"}))
    error = shown(world, *CREATE, "-o", "json").ends_with(5)
    assert "differs in object_name" in error.err
    assert wire.methods() == ["POST", "GET"]


def test_a_lost_update_and_a_lost_delete_are_looked_up_once(world, platform):
    gone = answer(404, {"error": "Webhook was not found"})
    wire = platform(answer(200, WEBHOOK), cut(), gone)
    shown(world, *DELETE).ends_with(0)
    assert wire.methods() == ["GET", "DELETE", "GET"]
    changed = answer(200, {**WEBHOOK, "timeout": 20})
    wire = platform(answer(200, WEBHOOK), cut(), changed)
    shown(world, "update", "w", "--timeout", "20").ends_with(0)
    assert wire.methods() == ["GET", "PATCH", "GET"]
    wire = platform(answer(200, WEBHOOK), cut(), answer(200, WEBHOOK))
    shown(world, "update", "w", "--timeout", "20").ends_with(6)
    assert wire.methods() == ["GET", "PATCH", "GET"]


# --------------------------------------------------------------------------- names and files


@pytest.mark.parametrize("name,path", [
    ("a/b", "a%2Fb"), ("a b", "a%20b"), ("100%", "100%25"), ("a/../b", "a%2F..%2Fb"), ("é", "%C3%A9"),
    ("?x#y", "%3Fx%23y"), ("n" * 64, "n" * 64),
])
def test_a_name_reaches_the_platform_as_it_is(world, platform, name, path):
    wire = platform(answer(200, {**WEBHOOK, "name": name}))
    shown(world, "get", name).ends_with(0)
    assert wire.requests[0].path == f"/v2/projects/p/webhooks/{path}"


@pytest.mark.parametrize("name", [".", "..", "", "n" * 65])
def test_a_name_that_no_url_can_carry_is_refused_before_any_call(world, platform, name):
    wire = platform(answer(200, WEBHOOK))
    assert fails(world, 2, "get", name)["kind"] == "usage"
    assert wire.requests == []


ALIASES = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)


@pytest.mark.parametrize("content", [
    b"name: \xff\xfe", b"", b" \n", b"name: a\nname: b\n", ("id:\n" + "".join(f"  {l}\n" for l in ALIASES.splitlines())).encode(),
    b"\n".join(b"- name: w%d" % n for n in range(10_000)), b"name: [" * 5_000, b"\x00\x01", b"name: w\n---\nname: v\n",
    b"x" * (2 << 20),
], ids=["utf-8", "empty", "blank", "twice", "aliases", "many", "deep", "binary", "documents", "large"])
def test_a_file_that_is_not_one_webhook(world, platform, content):
    wire = platform(answer(200, WEBHOOK))
    path = world.home / "w.yaml"
    path.write_bytes(content)
    fails(world, 2, "create", "w", "-f", path, words=["w.yaml"])
    assert wire.requests == []


def test_a_file_that_is_a_folder_or_not_there(world, platform):
    wire = platform(answer(200, WEBHOOK))
    fails(world, 2, "create", "w", "-f", world.home)
    fails(world, 2, "create", "w", "-f", world.home / "none.yaml", words=["none.yaml"])
    assert wire.requests == []


# --------------------------------------------------------------------------- this machine


def test_a_full_disk_is_told_and_the_webhook_is_not_made(world, platform):
    wire = platform(answer(201, WEBHOOK))

    def small_files():
        resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))
        signal.signal(signal.SIGXFSZ, signal.SIG_DFL)

    process = world.start(*CREATE, preexec_fn=small_files)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode in (1, 9) and "error: " in err and VALUE not in out + err, (process.returncode, err)
    assert wire.requests == [], "what can't be kept is not sent"


def test_dev_full_is_exit_1_after_saying_what_was_done(world, platform):
    platform(answer(201, WEBHOOK))
    with open("/dev/full", "w") as full:
        process = world.start(*CREATE, stdout=full)
        _, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1 and "webhook `w` was created" in err, err


@pytest.mark.parametrize("name,code,line", [
    ("secrets.json", 9, [*CREATE]), ("index.json", 1, [*CREATE]), ("mock.db", 1, ["list", "--mock"]),
])
def test_a_link_in_place_of_a_state_file(world, platform, name, code, line):
    wire = platform(answer(201, WEBHOOK))
    world.state.mkdir(parents=True, mode=0o700)
    elsewhere = world.home / "elsewhere"
    elsewhere.write_text("{}")
    elsewhere.chmod(0o600)
    (world.state / name).symlink_to(elsewhere)
    fails(world, code, *line, words=["link"])
    assert elsewhere.read_text() == "{}" and wire.requests == []


def test_a_state_file_that_is_something_else(world, platform):
    wire = platform(answer(201, WEBHOOK))
    world.state.mkdir(parents=True, mode=0o700)
    for name, content, line in [
        ("mock.db", "not a database, but long enough to be taken for one" * 20, ["list", "--mock"]),
    ]:
        path = world.state / name
        path.write_text(content)
        path.chmod(0o600)
        fails(world, 1, *line, words=[name])
        assert path.read_text() == content and wire.requests == []
        path.unlink()


@pytest.mark.parametrize("content", ["not JSON", '{"version": 999}'])
def test_secrets_that_are_something_else_are_no_store(world, platform, content):
    wire = platform(answer(201, WEBHOOK))
    world.state.mkdir(parents=True, mode=0o700)
    path = world.state / "secrets.json"
    path.write_text(content)
    path.chmod(0o600)
    fails(world, 9, *CREATE, words=["secrets.json"])
    assert path.read_text() == content and wire.requests == []


def test_secrets_that_others_may_read_are_refused(world, platform):
    wire = platform(answer(201, WEBHOOK))
    world.state.mkdir(parents=True, mode=0o700)
    path = world.state / "secrets.json"
    path.write_text("{}")
    path.chmod(0o644)
    error = fails(world, 9, *CREATE, words=["accessible to other users"])
    assert "chmod 600" in error["hint"] and wire.requests == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away; CI is root")
@pytest.mark.parametrize("name,code,line", [
    ("secrets.json", 9, CREATE), ("index.json", 1, CREATE), ("mock.db", 1, ["list", "--mock"]),
])
def test_a_state_file_that_another_owns_is_refused(world, platform, name, code, line):
    wire = platform(answer(201, WEBHOOK))
    world.state.mkdir(parents=True, mode=0o700)
    path = world.state / name
    path.write_text("{}")
    path.chmod(0o600)
    os.chown(path, 12345, -1)
    fails(world, code, *line, words=["another user"])
    assert path.read_text() == "{}" and wire.requests == []


def test_a_state_folder_that_is_a_file(world, platform):
    wire = platform(answer(201, WEBHOOK))
    world.state.parent.mkdir(parents=True)
    world.state.write_text("")
    ended = shown(world, *CREATE)
    assert ended.code in (1, 9), ended
    assert wire.requests == []
    shown(world, "list", "--mock").ends_with(1)


def test_a_database_that_another_has_locked(world):
    import sqlite3

    world.run("list", "--mock").ends_with(0)
    locked = sqlite3.connect(world.state / "mock.db")
    locked.execute("BEGIN EXCLUSIVE")
    ended = shown(world, "create", "w", "--deployment", "deployment-1", "--event", "failed", "--url", "https://x.example/", "--mock")
    assert ended.code in (1, 6) and ended.seconds < 25, ended
    locked.rollback()
    shown(world, "list", "--mock").ends_with(0)


CONFIGS = {
    "unknown": ('[profile.default]\nhots = "x"\n', "did you mean `host`?"),
    "token": (f'[profile.default]\ntoken = "{TOKEN}"\n', "auth login"),
    "hidden-token": (f'[profile.default]\nproject = "Token {TOKEN}"\n', "looks like a token"),
    "type": ("[profile.default]\nhost = 3\n", "must be a string"),
    "syntax": (f'[profile.default\n"{TOKEN}"', "config.toml"),
}


@pytest.mark.parametrize("name", CONFIGS)
def test_a_settings_file_with_a_mistake(world, platform, name):
    platform(answer(200, []))
    content, word = CONFIGS[name]
    path = world.home / ".config/ubihook/config.toml"
    path.parent.mkdir(parents=True)
    path.write_text(content)
    fails(world, 2, "list", words=[word, "config.toml"])


def test_a_settings_file_that_is_a_link_or_that_others_may_write(world, platform):
    platform(answer(200, []))
    path = world.home / ".config/ubihook/config.toml"
    path.parent.mkdir(parents=True)
    path.write_text("")
    path.chmod(0o666)
    fails(world, 2, "list", words=["accessible to other users"])
    path.unlink()
    (world.home / "real.toml").write_text("")
    path.symlink_to(world.home / "real.toml")
    fails(world, 2, "list", words=["link"])


# --------------------------------------------------------------------------- leaks


@pytest.mark.parametrize("form", ["table", "json", "ndjson", "yaml", "name"])
@pytest.mark.parametrize("line", [READ, CREATE, UPDATE, DELETE, ["list"], [*CREATE, "--dry-run"], [*UPDATE, "--dry-run"], ["auth", "status"]],
                         ids=lambda line: " ".join(line[:1] + line[-1:]))
def test_no_verb_shows_a_secret_in_any_form_however_much_it_tells(world, platform, line, form):
    # A field is shown as it is; a protected header has no value in it, and talk has none at all.
    about, email = f"{VALUE} Token {TOKEN}", f"{TOKEN}@example.org"
    echoing = {**WEBHOOK, "description": about,
               "headers": [{"key": "Authorization", "value": VALUE, "protected": True}, WEBHOOK["headers"][1]]}

    def play(connection, request, closing):
        if request.path.endswith("/user"):
            content = {"email": email, "id": "1"}
        elif request.path.endswith("/webhooks") and request.method == "GET":
            content = [echoing]
        else:
            content = echoing
        answer(204 if request.method == "DELETE" else 200, "" if request.method == "DELETE" else content)(connection, request, closing)

    platform(play)
    ended = world.run(*line, "-o", form, "-vv").ends_with(0)
    # What was never loaded can't be known in the words of others.
    loaded = [TOKEN, PATH, PLAIN] + ([VALUE] if "Authorization=env:VALUE" in line else [])
    assert not [marker for marker in loaded if marker in ended.err], ended
    data = ended.out.replace(about, "").replace(email, "")
    assert VALUE not in data and TOKEN not in data, ended
    if line == READ and form != "name":
        assert about in ended.out, ended


@pytest.mark.parametrize("form", ["table", "json", "ndjson", "yaml", "name"])
def test_a_test_shows_no_secret_that_the_platform_quotes(world, platform, form):
    run = {"id": WEBHOOK["id"], "status": "failed", "error_message": f"Received {VALUE} of {TOKEN}",
           "creation_date": WEBHOOK["creation_date"], "time_completed": WEBHOOK["creation_date"]}
    webhook = {**WEBHOOK, "headers": [WEBHOOK["headers"][0]]}
    platform(answer(200, webhook), answer(201, run), answer(200, run))
    shown(world, "test", "w", "--secret-header", "Authorization=env:VALUE", "-o", form, "-vv").ends_with(7)


@pytest.mark.parametrize("line", [
    ["create", "w", "--deployment", "d", "--event", "failed", "--url", f"https://{USERINFO}:{USERINFO}@x.example/"],
    ["create", "w", "--deployment", "d", "--event", "failed", "--url", "https://x.example/", "--secret-header", f"Authorization={VALUE}"],
    ["create", "w", "--deployment", "d", "--event", "failed", "--url", "https://x.example/", "--secret-header", f"Authorization: {VALUE}"],
    ["create", "w", "--deployment", "d", "--event", "failed", "--url", "https://x.example/", "--header", f"Authorization: {VALUE}"],
    ["create", "w", "--deployment", "d", "--event", "failed", "--url", "https://x.example/", "--header", f"X {VALUE}"],
    ["create", "w", "--deployment", "d", "--event", "failed", "--url", "https://x.example/", "--secret-header", "Authorization=Bearer", VALUE],
    ["list", "--host", f"https://{USERINFO}:{USERINFO}@x.example/"],
    ["list", "--host", f"http://{USERINFO}:{USERINFO}@x.example/"],
    ["test", "--deployment", "d", "--event", "failed", "--url", f"https://{USERINFO}@x.example/"],
])
def test_a_refused_argument_is_not_repeated(world, platform, line):
    wire = platform(answer(200, WEBHOOK))
    fails(world, 2, *line)
    assert wire.requests == []


def test_nothing_secret_in_the_argv_or_environment_of_a_child(world):
    """`mock run` hands on an environment: its own settings, and nobody's token."""
    world.set(UBIOPS_API_TOKEN=TOKEN, UBIHOOK_PROJECT="real", UBIHOOK_SECRET_A="kept")
    out = world.run("mock", "run", "--", "env").ends_with(0).out
    assert TOKEN not in out and "UBIHOOK_PROJECT" not in out and "UBIHOOK_SECRET_A=kept" in out


def test_files_hold_a_value_only_where_the_user_chose_it(world, platform):
    platform(answer(201, WEBHOOK))
    shown(world, *CREATE, "-vv").ends_with(0)
    holders = [path for path in world.home.rglob("*") if path.is_file() and VALUE.encode() in path.read_bytes()]
    assert holders == [world.state / "secrets.json"]
    assert (world.state / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_core_dumps_are_off(world, platform):
    platform(silent)
    process = world.start(*READ)
    try:
        import time
        deadline = time.monotonic() + PATIENCE
        while True:
            limits = open(f"/proc/{process.pid}/limits").read()
            line = next(l for l in limits.splitlines() if l.startswith("Max core file size"))
            if line.split()[4] == "0" or time.monotonic() > deadline:
                break
        assert line.split()[4] == "0", line
    finally:
        process.kill()
        process.communicate(timeout=PATIENCE)


# --------------------------------------------------------------------------- custody


def test_a_url_that_was_changed_behind_our_back_gets_no_value(world, platform):
    moved = {**WEBHOOK, "url": "https://evil.example.org/in"}
    wire = platform(answer(201, WEBHOOK), answer(200, moved))
    shown(world, *CREATE).ends_with(0)
    error = fails(world, 9, "test", "w", "--store", "file", words=["https://evil.example.org", "https://hooks.example.org"])
    assert error["kind"] == "secret"
    assert wire.methods() == ["POST", "GET", "GET"], "nothing was sent on"


def test_an_edited_or_lost_index_sends_nothing_astray(world, platform):
    moved = {**WEBHOOK, "url": "https://evil.example.org/in"}
    wire = platform(answer(201, WEBHOOK), answer(200, moved))
    shown(world, *CREATE).ends_with(0)
    index = world.state / "index.json"
    text = index.read_text()
    assert VALUE not in text
    index.write_text(text.replace("https://hooks.example.org", "https://evil.example.org"))
    shown(world, "test", "w", "--store", "file").ends_with(9)
    index.unlink()
    shown(world, "test", "w", "--store", "file").ends_with(9)
    assert "POST" not in wire.methods()[1:]


def test_an_index_from_a_year_ago_sends_nothing_to_who_has_the_name_now(world, platform):
    successor = {**WEBHOOK, "id": "00000000-0000-4000-8000-000000000001"}
    wire = platform(answer(201, WEBHOOK), answer(200, successor))
    shown(world, *CREATE).ends_with(0)
    for name in ("index.json", "secrets.json"):
        os.utime(world.state / name, (0, 0))
    shown(world, "test", "w", "--store", "file").ends_with(9)
    assert "POST" not in wire.methods()[1:], "a webhook of the same name is another webhook"


def test_a_web_page_can_not_drive_the_mock(world):
    import urllib.error
    import urllib.request

    mock = world.serve()

    def status(**headers):
        body = json.dumps({k: v for k, v in WEBHOOK.items() if k in ("name", "object_type", "url", "event")} | {"object_name": "deployment-1"})
        request = urllib.request.Request(f"{mock.url}/projects/demo/webhooks", body.encode(), method="POST",
                                         headers={"Content-Type": "application/json", **headers})
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE) as answered:
                return answered.status
        except urllib.error.HTTPError as error:
            return error.code

    signed = {"Authorization": mock.token}
    assert status(**signed, Origin="https://evil.example.org") == 403
    assert status(**signed, Host="evil.example.org") == 403
    assert status() == 401
    assert mock.webhooks() == []
    assert status(**signed) == 201
