"""The server under test, and a client of its API."""
import base64
import http.client
import json
import os
import pathlib
import socket
import time

from .process import Process, free_port

PATH = "/api/v1/configuration/xmpp"
USER = "admin"


class APIServer(Process):
    """`api-server serve` on a free loopback port, with plain HTTP."""

    def __init__(self, program, directory, *options, name="api-server", environment=None):
        self.directory = pathlib.Path(directory) / f"{name}-files"
        self.directory.mkdir()
        self.password = os.urandom(16).hex()
        password_file = self.directory / "password"
        password_file.write_text(self.password)
        password_file.chmod(0o600)
        self.port = free_port()
        super().__init__(
            name,
            [program, "serve", "--listen-http", f"127.0.0.1:{self.port}", "--database", self.directory / "db.sqlite",
             "--admin-password-file", password_file, "--log-level", "error", *map(str, options)],
            directory, environment)
        self.wait_until_served()

    def restart(self):
        self.stop()
        self.start()
        self.wait_until_served()

    def wait_until_served(self):
        self.wait_for_port(self.port)
        # It listens before it serves.
        self.client().request("GET", "/healthz")

    @property
    def credentials(self):
        return base64.b64encode(f"{USER}:{self.password}".encode()).decode()

    def client(self):
        return Client(self.port, self.credentials)


class Client:
    """A connection that is kept."""

    def __init__(self, port, credentials):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=90)
        self.headers = {"Authorization": f"Basic {credentials}", "Accept": "application/json"}

    def request(self, method, path, body=None, expected=(200,)):
        if self.connection.sock is None:
            self.connection.connect()
            self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.connection.request(method, path, body, self.headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status not in expected:
            raise RuntimeError(f"{method} {path}: {answer.status} {text.decode()}")
        return text

    def get(self, path):
        return json.loads(self.request("GET", path))

    def await_state(self, state, seconds):
        """The status as soon as the state is there, or as it is when the time is over."""
        return json.loads(self.request("GET", f"{PATH}/status?waitFor={state}&timeout={seconds}", expected=(200, 504)))

    def put(self, **values):
        self.request("PUT", PATH, "&".join(f"{name}={value}" for name, value in values.items()))

    def wait(self, state, seconds=60):
        """Waits until the state is there; returns the status."""
        deadline = time.monotonic() + seconds
        while True:
            left = max(1, int(deadline - time.monotonic()))
            status = self.await_state(state, min(left, 60))
            if status["state"] == state:
                return status
            if time.monotonic() > deadline:
                raise RuntimeError(f"not {state}: {json.dumps(status)}")
