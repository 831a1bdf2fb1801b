"""A platform that misbehaves: a raw socket on loopback that plays one script a connection."""

import json
import socket
import ssl
import struct
import threading
import time


class Played:
    """One request as it came in."""

    def __init__(self, head, body):
        line, *headers = head.decode("latin-1").split("\r\n")
        self.method, self.path, _ = line.split(" ", 2)
        self.headers = {name.lower(): value.strip() for name, _, value in (h.partition(":") for h in headers)}
        self.body = body

    def __repr__(self):
        return f"{self.method} {self.path}"


class Wire:
    """Plays `script(connection, request)` for each request; keeps every request. The last script
    of a list goes on for ever."""

    def __init__(self, *scripts, context=None):
        self.requests, self.connections = [], 0
        self._scripts, self._context, self._lock = list(scripts), context, threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.host = f"http://127.0.0.1:{self.port}/v2"
        self._closing = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while not self._closing.is_set():
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        try:
            if self._context:
                connection = self._context.wrap_socket(connection, server_side=True)
            with connection:
                connection.settimeout(20)
                request = self._read(connection)
                if not request:
                    return
                with self._lock:
                    self.requests.append(request)
                    script = self._scripts.pop(0) if len(self._scripts) > 1 else self._scripts[0]
                script(connection, request, self._closing)
        except (OSError, ssl.SSLError, ValueError):
            pass  # The client went away, which is up to the test.

    @staticmethod
    def _read(connection):
        data = b""
        while b"\r\n\r\n" not in data:
            chunk = connection.recv(65536)
            if not chunk:
                return None
            data += chunk
        head, _, body = data.partition(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        while len(body) < length:
            body += connection.recv(65536)
        return Played(head, body)

    def methods(self):
        return [request.method for request in self.requests]

    def close(self):
        self._closing.set()
        self._listener.close()


def answer(status, content, *headers, kind="application/json"):
    """A whole answer. Text and bytes go out as they are, anything else as JSON."""
    body = content if isinstance(content, bytes) else (content if isinstance(content, str) else json.dumps(content)).encode()
    head = [f"HTTP/1.1 {status} X", f"Content-Type: {kind}", f"Content-Length: {len(body)}", "Connection: close",
            "Date: Tue, 03 Feb 2026 10:11:12 GMT", *headers]

    def play(connection, _request, _closing):
        connection.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body)

    return play


def cut(data=b""):
    """Sends something and resets the connection."""

    def play(connection, _request, _closing):
        if data:
            connection.sendall(data)
            time.sleep(0.02)  # Let it arrive before the reset does.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return play


def silent(_connection, _request, closing):
    """Never answers."""
    closing.wait(20)


def drip(connection, _request, closing):
    """Answers a byte at a time, slowly."""
    text = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n[]"
    for byte in text:
        if closing.wait(0.2):
            return
        connection.sendall(bytes([byte]))


def flood(mebibytes):
    """A JSON string that does not end."""

    def play(connection, _request, _closing):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n[\"")
        block = b"x" * (1 << 20)
        for _ in range(mebibytes):
            connection.sendall(block)
        connection.sendall(b'"]')

    return play
