"""A way to the mock on which calls are counted, and limited as a platform may limit them."""

import collections
import http.client
import threading
import time

from support import QuietHandler, serving


class Between:
    """A way to the mock on which calls are counted, and refused beyond so many in each window of so many seconds."""

    def __init__(self, port, calls=None, window=1.0, headers=lambda left, reset: {}):
        self.counts, self._lock = collections.Counter(), threading.Lock()
        self._left, self._ends, self._begun = 0, 0.0, None
        between = self

        class Handler(QuietHandler):
            def forward(self):
                body = self.body()
                admitted, said = between.admit(self.command, calls, window, headers)
                if not admitted:
                    return self.send(429, said, b'{"error": "Too many requests"}')
                # One connection for each of the client's.
                if not hasattr(self, "platform"):
                    self.platform = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
                sent = {name: value for name, value in self.headers.items() if name.lower() != "host"}
                self.platform.request(self.command, self.path, body, sent)
                answer = self.platform.getresponse()
                self.send(answer.status, said, answer.read(), answer.getheader("Date"))

            def send(self, status, headers, body, date=None):
                try:
                    self.send_response_only(status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Date", date or self.date_time_string())
                    for name, value in headers.items():
                        self.send_header(name, value)
                    if status != 204:
                        self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    pass  # killed, which is what this is about

            do_GET = do_POST = do_PATCH = do_DELETE = forward

        self._server = serving(Handler)
        # A client that is killed resets its connections.
        self._server.handle_error = lambda *_: None
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/v2"

    def admit(self, method, calls, window, headers):
        with self._lock:
            now = time.monotonic()
            self._begun = self._begun or now
            self._last = now
            if calls is None:
                self.counts[method] += 1
                return True, {}
            if now >= self._ends:
                self._left, self._ends = calls, now + window
                self.counts["windows"] += 1
            reset = self._ends - now
            if self._left == 0:
                self.counts[429] += 1
                return False, {"Retry-After": f"{reset:.3f}", **headers(0, reset)}
            self._left -= 1
            self.counts[method] += 1
            return True, headers(self._left, reset)

    def seconds(self):
        return self._last - self._begun

    def close(self):
        self._server.shutdown()
        self._server.server_close()
