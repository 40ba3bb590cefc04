#!/usr/bin/env python3
"""How long from the return of a PUT to `connected`, beside what a bare C client needs to connect to the same server.

usage: Benchmarks/connect/run.py API-SERVER [ROUNDS]

Starts Prosody (direct TLS, client certificate required) and the given release build on free loopback ports, and lets
both connect in turn, ROUNDS times (default 50), so that whatever else the machine does counts for both. Each PUT changes
the server address between two spellings of the same address, so the bridge closes its stream and connects anew. Prints a
Markdown table; the exit status is 1 if the median is more than twice the C client's.
"""
import base64
import http.client
import json
import os
import pathlib
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
LAB = HERE.parent.parent / "deploy" / "lab"
GOAL = 2.0
PATH = "/api/v1/configuration/xmpp"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for_port(port, process):
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if process.poll() is not None:
            sys.exit(f"a server ended before it listened on {port}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    sys.exit(f"nothing listens on {port}")


def start_prosody(directory, port, secret):
    text = (LAB / "prosody.cfg.lua").read_text()
    for name, value in {"DIR": directory, "PORT": port, "SECRET": secret}.items():
        text = text.replace(f"@{name}@", str(value))
    (directory / "prosody.cfg.lua").write_text(text)
    (directory / "data").mkdir()
    return subprocess.Popen(["prosody", "--config", directory / "prosody.cfg.lua", "-F"],
                            stdout=(directory / "prosody.log").open("w"), stderr=subprocess.STDOUT)


class API:
    def __init__(self, port, password):
        self.connection = http.client.HTTPConnection("127.0.0.1", port)
        self.connection.connect()
        self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        credentials = base64.b64encode(f"admin:{password}".encode()).decode()
        self.headers = {"Authorization": f"Basic {credentials}", "Accept": "application/json"}

    def request(self, method, path, body=None):
        self.connection.request(method, path, body, self.headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            sys.exit(f"{method} {path}: {answer.status} {text.decode()}")
        return text

    def wait_connected(self):
        deadline = time.monotonic() + 20
        while True:
            status = json.loads(self.request("GET", PATH + "/status"))
            if status["state"] == "connected":
                return
            if time.monotonic() > deadline:
                sys.exit(f"not connected: {status}")

    def put(self, **values):
        """Changes the configuration; returns the milliseconds of the PUT, and from its return to `connected`."""
        body = "&".join(f"{name}={value}" for name, value in values.items())
        start = time.perf_counter()
        self.request("PUT", PATH, body)
        answered = time.perf_counter()
        self.wait_connected()
        return (answered - start) * 1e3, (time.perf_counter() - answered) * 1e3


def main():
    server, rounds = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 50
    processes = []
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        try:
            measure(directory, server, rounds, processes)
        finally:
            for process in reversed(processes):
                process.terminate()
                process.wait(10)


def measure(directory, server, rounds, processes):
    secret, password = os.urandom(16).hex(), os.urandom(16).hex()
    subprocess.run([LAB / "certificates", directory], check=True, capture_output=True)
    (directory / "secret").write_text(secret)
    (directory / "password").write_text(password)
    both = (directory / "callbridge.crt").read_text() + (directory / "callbridge.key").read_text()
    (directory / "callbridge.pem").write_text(both)
    xmpp, http_port = free_port(), free_port()
    processes.append(start_prosody(directory, xmpp, secret))
    processes.append(subprocess.Popen(
        [server, "serve", "--listen-http", f"127.0.0.1:{http_port}", "--database", directory / "db.sqlite",
         "--admin-password-file", directory / "password", "--xmpp-ca-file", directory / "ca.crt",
         "--xmpp-certificate", directory / "callbridge.crt", "--xmpp-key", directory / "callbridge.key"],
        stdout=subprocess.DEVNULL, stderr=(directory / "api.log").open("w")))
    wait_for_port(xmpp, processes[0])
    wait_for_port(http_port, processes[1])
    subprocess.run(["cc", "-O2", "-o", directory / "component", HERE / "component.c", "-lssl", "-lcrypto"], check=True)
    bare = subprocess.Popen(
        [directory / "component", str(xmpp), "example.test", "cb2.example.test", directory / "secret",
         directory / "callbridge.pem", directory / "ca.crt"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    processes.append(bare)

    api = API(http_port, password)
    spellings = [f"localhost:{xmpp}", f"127.0.0.1:{xmpp}"]
    api.put(uniqueName="cb1", domain="example.test", sharedSecret=secret, serverAddressOverride=spellings[0])
    times = {"bare C client": [], "PUT to its answer": [], "answer to connected": []}
    for round in range(-5, rounds):  # the first five warm both up
        bare.stdin.write("\n")
        bare.stdin.flush()
        row = [float(bare.stdout.readline()), *api.put(serverAddressOverride=spellings[(round + 1) % 2])]
        if round >= 0:
            for list_, value in zip(times.values(), row):
                list_.append(value)
    print(f"| ms, {rounds} rounds | median | min | max |\n| --- | ---: | ---: | ---: |")
    for name, values in times.items():
        print(f"| {name} | {statistics.median(values):.2f} | {min(values):.2f} | {max(values):.2f} |")
    ratio = statistics.median(times["answer to connected"]) / statistics.median(times["bare C client"])
    print(f"\nanswer to connected : bare C client = {ratio:.2f} (goal: at most {GOAL})")
    if ratio > GOAL:
        sys.exit(1)


main()
