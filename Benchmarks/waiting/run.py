#!/usr/bin/env python3
"""What clients that wait cost the others, and how soon they are told.

usage: Benchmarks/waiting/run.py API-SERVER [WAITERS] [ROUNDS]

Starts the given release build on a free loopback port. In each of ROUNDS rounds (default 5) one client reads the status
again and again, first alone, then while WAITERS others (default 2000) wait in long polls for a state that does not come;
then a change ends all the waits. Prints a Markdown table; the exit status is 1 if the median of a read beside the waiters
is more than 1.25 times that of a read alone, or if the process has more than two more threads for all of them.
"""
import base64
import pathlib
import re
import resource
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import time

GOAL = 1.25
# The queue that tells them, which has a thread while it works.
MOST_THREADS = 2
READS = 2000
PATH = "/api/v1/configuration/xmpp"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def connect(port):
    client = socket.create_connection(("127.0.0.1", port))
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client


class Client:
    def __init__(self, port, credentials):
        self.socket = connect(port)
        self.head = f"Host: box\r\nAuthorization: Basic {credentials}\r\n"

    def send(self, method, path, body=""):
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        self.socket.sendall(f"{method} {path} HTTP/1.1\r\n{self.head}{length}\r\n{body}".encode())

    def receive(self):
        """One answer; returns its status and head."""
        data = b""
        while b"\r\n\r\n" not in data:
            data += self.piece()
        head, body = data.split(b"\r\n\r\n", 1)
        length = int(re.search(rb"content-length: (\d+)", head, re.I).group(1))
        while len(body) < length:
            body += self.piece()
        return int(head.split(b" ")[1]), head

    def piece(self):
        piece = self.socket.recv(65536)
        if not piece:
            sys.exit("the server closed a connection")
        return piece

    def ask(self, method, path, body="", expected=200):
        self.send(method, path, body)
        status, head = self.receive()
        if status != expected:
            sys.exit(f"{method} {path}: {status}")
        return head


def figure(pid, name):
    return int(re.search(rf"^{name}:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text(), re.M).group(1))


def reads(client):
    times = []
    for _ in range(READS):
        start = time.perf_counter()
        client.ask("GET", PATH + "/status")
        times.append(time.perf_counter() - start)
    return times


def percentile(values, share):
    return sorted(values)[int(len(values) * share)]


def main():
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    server = pathlib.Path(sys.argv[1]).resolve()
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        (scratch / "password").write_text("benchmark\n")
        (scratch / "password").chmod(0o600)
        port = free_port()
        process = subprocess.Popen(
            [server, "serve", "--listen-http", f"127.0.0.1:{port}", "--database", scratch / "db.sqlite",
             "--admin-password-file", scratch / "password", "--log-level", "warning",
             "--max-connections", str(count + 100), "--max-connections-per-address", "0"])
        try:
            measure(process, port, count, rounds)
        finally:
            process.terminate()
            process.wait()


def measure(process, port, count, rounds):
    deadline = time.monotonic() + 30
    while True:
        try:
            connect(port).close()
            break
        except OSError:
            if time.monotonic() > deadline or process.poll() is not None:
                sys.exit("the server does not listen")
            time.sleep(0.02)
    credentials = base64.b64encode(b"admin:benchmark").decode()
    reader = Client(port, credentials)
    reader.ask("GET", PATH + "/status")
    waiters = [Client(port, credentials) for _ in range(count)]
    # Each has asked once, so that what differs is the waiting alone.
    for waiter in waiters:
        waiter.ask("GET", PATH + "/status")
    threads, memory = figure(process.pid, "Threads"), figure(process.pid, "VmRSS")
    alone, beside, told, more_threads, more_memory = [], [], [], [], []
    for turn in range(rounds):
        alone += reads(reader)
        revision = turn + 1
        for waiter in waiters:
            waiter.send("GET", f"{PATH}/status?waitFor=notConfigured&revision={revision}&timeout=300")
        # The server has taken all of these when it has read them.
        reader.ask("GET", PATH + "/status")
        beside += reads(reader)
        more_threads.append(figure(process.pid, "Threads") - threads)
        more_memory.append((figure(process.pid, "VmRSS") - memory) * 1024 / count)
        selector = selectors.DefaultSelector()
        for waiter in waiters:
            selector.register(waiter.socket, selectors.EVENT_READ)
        if selector.select(0):
            sys.exit("a wait ended before its time")
        start = time.perf_counter()
        reader.send("PUT", PATH, f"domain=d{turn}.example.test")
        left = count
        while left:
            for key, _ in selector.select(60):
                selector.unregister(key.fileobj)
                left -= 1
        told.append(time.perf_counter() - start)
        selector.close()
        if reader.receive()[0] != 200:
            sys.exit("the change was refused")
        for waiter in waiters:
            if waiter.receive()[0] != 200:
                sys.exit("a wait was not answered with 200")
    ratio = statistics.median(beside) / statistics.median(alone)
    print(f"| {rounds} rounds of {READS} reads | alone | beside {count} waiters | ratio |")
    print("|---|---|---|---|")
    for name, share in (("median", 0.5), ("p99", 0.99)):
        first, second = percentile(alone, share), percentile(beside, share)
        print(f"| GET status, {name}, µs | {first * 1e6:.0f} | {second * 1e6:.0f} | {second / first:.2f} |")
    print()
    print(f"threads for {count} waiters: {max(more_threads)}; memory: {statistics.median(more_memory):.0f} bytes a waiter")
    print(f"from a PUT to the last of {count} waiters told: median {statistics.median(told) * 1e3:.1f} ms, "
          f"{statistics.median(told) / count * 1e6:.1f} µs each")
    if ratio > GOAL or max(more_threads) > MOST_THREADS:
        sys.exit(f"missed: ratio {ratio:.2f} (goal {GOAL}), {max(more_threads)} more threads (goal {MOST_THREADS})")


main()
