"""Receivers with a certificate of a private authority, and why a delivery got no answer."""

import http.server
import json
import socket
import ssl
import subprocess
import threading

import pytest

from support import QuietHandler, serving


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


@pytest.fixture
def authority(tmp_path):
    """A function: a certificate for a name, signed by an authority whose own is `ca.pem`."""
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", tmp_path / "ca.key", "-out",
            tmp_path / "ca.pem", "-subj", "/CN=an authority", "-days", "2")

    def sign(name, kind="IP"):
        key, request, signed = (tmp_path / f"{name}.{end}" for end in ("key", "csr", "pem"))
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request, "-subj", "/CN=x")
        extensions = tmp_path / "extensions"
        extensions.write_text(f"subjectAltName={kind}:{name}\nbasicConstraints=CA:FALSE\n")
        openssl("x509", "-req", "-in", request, "-CA", tmp_path / "ca.pem", "-CAkey", tmp_path / "ca.key",
                "-CAcreateserial", "-out", signed, "-extfile", extensions, "-days", "2")
        return signed, key

    sign.ca = tmp_path / "ca.pem"
    return sign


def https(certificate, key):
    """A receiver that answers 200, and its URL."""
    class Handler(QuietHandler):
        def do_POST(self):
            self.body()
            self.answer(200)

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return f"https://127.0.0.1:{server.server_address[1]}/"


TEST = ("test", "--deployment", "deployment-1", "--event", "failed", "-o", "json")


def test_an_authority_of_ones_own_counts_for_deliveries(world, authority):
    url = https(*authority("127.0.0.1"))

    # Of the mock inside a command, of one that is served, and of `mock request` alone.
    refused = world.run(*TEST, "--mock", "--url", url).ends_with(7)
    assert json.loads(refused.out)["error_message"] == "Connection error: certificate of an unknown authority"
    refused.says("--ca-cert")
    world.run(*TEST, "--mock", "--url", url, "--ca-cert", authority.ca).ends_with(0)
    world.set(UBIHOOK_CA_CERT=str(authority.ca))
    world.run("create", "w", "--mock", "--deployment", "deployment-1", "--event", "completed", "--url", url).ends_with(0)
    world.run("mock", "request", "--deployment", "deployment-1").ends_with(0)
    world.sign_in(world.serve())
    world.unset("UBIHOOK_CA_CERT")
    world.run(*TEST, "--url", url).ends_with(0)

    (world.home / "none.pem").write_text("nothing")
    world.run("mock", "serve", "--ca-cert", "none.pem").ends_with(2).says("none.pem: there is no PEM certificate in it")


def silent():
    """An address that takes connections and never answers."""
    listener = socket.create_server(("127.0.0.1", 0))
    return listener, f"http://127.0.0.1:{listener.getsockname()[1]}/"


def test_why_a_delivery_got_no_answer_is_said(world, authority):
    def why(url, *more):
        ended = world.run(*TEST, "--mock", "--url", url, "--timeout", "1", *more).ends_with(7)
        return json.loads(ended.out)["error_message"], ended.err

    listener, url = silent()
    error, said = why(url)
    assert error == "Timeout: no answer in 1 s" and "--timeout" in said
    listener.close()
    error, said = why(url)
    assert error == "Connection error: refused" and "check that something listens" in said
    assert why("http://nowhere.invalid/")[0] == "Connection error: no such host"
    ca = ("--ca-cert", authority.ca)
    assert why(https(*authority("127.0.0.2")), *ca)[0] == "Connection error: certificate for another name"

    class Closing(QuietHandler):
        def do_POST(self):
            self.body()
            self.close_connection = True  # without an answer

    class Other(QuietHandler):
        def do_POST(self):
            self.body()
            self.wfile.write(b"220 mail.example.org ESMTP\r\n")
            self.close_connection = True

    for handler, expected in (Closing, "closed before an answer"), (Other, "not HTTP"):
        server = serving(handler)
        assert why(f"http://127.0.0.1:{server.server_address[1]}/")[0] == f"Connection error: {expected}"


def test_a_certificate_that_the_api_cannot_have_is_explained(world, tmp_path):
    """A self-signed one that is an authority, one for another name, and a server without TLS."""
    def made(name, address, constraint):
        key, certificate = tmp_path / f"{name}.key", tmp_path / f"{name}.pem"
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate, "-subj", "/CN=x",
                "-days", "2", "-addext", f"subjectAltName=IP:{address}", "-addext", f"basicConstraints=critical,CA:{constraint}")
        return certificate, key

    def fails(url, *more):
        ended = world.run("list", "--host", url, "-p", "demo", "-o", "json", *more).ends_with(6)
        error = json.loads(ended.err.splitlines()[-1])["error"]
        assert "(" not in error["message"].replace("(host from --host)", ""), "no library's words"
        assert error["hint"]
        return error["message"], error["hint"], error["retryable"]

    world.set(UBIOPS_API_TOKEN="0c1d2e3f-not-a-real-one")
    certificate, key = made("authority", "127.0.0.1", "TRUE")
    message, hint, retryable = fails(https(certificate, key), "--ca-cert", certificate)
    assert "its certificate is an authority's, not a server's" in message and "CA:FALSE" in hint and not retryable
    certificate, key = made("other", "127.0.0.2", "FALSE")
    message, hint, retryable = fails(https(certificate, key), "--ca-cert", certificate)
    assert "its certificate is for a different host name" in message and not retryable
    message, hint, _ = fails(https(certificate, key))
    assert "not signed by a trusted authority" in message and "--ca-cert" in hint
    server = serving(QuietHandler)
    message, hint, retryable = fails(f"https://127.0.0.1:{server.server_address[1]}/")
    assert "does not use TLS" in message and "http://" in hint and not retryable
