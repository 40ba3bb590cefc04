#!/usr/bin/env python3
"""Two Call Bridges in use for hours: does anything grow?

usage: Benchmarks/soak/run.py API-SERVER [SECONDS]

Two processes of the given release build, one at a real Prosody (mutual TLS), one at a real ejabberd, for SECONDS (default
7200), each with a client that polls the status ten times a second, an event stream, and a client in long polls. A round
takes half a minute: the unique name changes, and the way back to `connected` is waited for. Every fourth round the XMPP
server restarts, every tenth the two bridges change places, every sixth the secret is wrong for once.

At each round's end, connected, both are measured: resident memory, descriptors, threads, processor time. Prints a Markdown
table. The exit status is 1 if, after the first quarter, the memory's level (median of a quarter) grew by more than 2 MiB,
or if descriptors or threads are more at the end than in the first quarter.
"""
import http.client
import pathlib
import statistics
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support.api import PATH, APIServer  # noqa: E402
from support.peers import NAMES, Certificates, Ejabberd, Prosody  # noqa: E402
from support.process import Processes  # noqa: E402

ROUND = 30
MOST_GROWTH = 2 << 20


class Poller(threading.Thread):
    """Asks for the status ten times a second."""

    def __init__(self, server, over):
        super().__init__(daemon=True)
        self.client, self.over = server.client(), over
        self.count = 0
        self.longest = 0.0

    def run(self):
        while not self.over.wait(0.1):
            start = time.perf_counter()
            self.client.get(PATH + "/status")
            self.longest = max(self.longest, time.perf_counter() - start)
            self.count += 1


class Watcher(threading.Thread):
    """Waits in long polls for what hardly comes; each ends by its time."""

    def __init__(self, server, over):
        super().__init__(daemon=True)
        self.client, self.over = server.client(), over
        self.count = 0

    def run(self):
        try:
            while not self.over.is_set():
                self.client.await_state("stopped", 20)
                self.count += 1
        except (OSError, RuntimeError, http.client.HTTPException):
            # At the end the server stops while this still waits.
            if not self.over.is_set():
                raise


class Listener(threading.Thread):
    """Follows the event stream."""

    def __init__(self, server, over):
        super().__init__(daemon=True)
        self.client, self.over = server.client(), over
        self.client.headers["Accept"] = "text/event-stream"
        self.count = 0

    def run(self):
        self.client.connection.request("GET", PATH + "/status", None, self.client.headers)
        stream = self.client.connection.getresponse()
        while not self.over.is_set():
            line = stream.readline()
            if not line:
                return
            self.count += line.startswith(b"event:") or line.startswith(b"data:")


class Bridge:
    """One of the two."""

    def __init__(self, server, over):
        self.server = server
        self.client = server.client()
        self.threads = [kind(server, over) for kind in (Poller, Watcher, Listener)]
        self.samples = []

    def sample(self, at):
        server = self.server
        self.samples.append((at, server.resident, server.descriptors, server.threads, server.cpu))


def settle(bridge, peer, name):
    bridge.client.put(uniqueName=name, domain="example.test", serverAddressOverride=f"localhost:{peer.port}",
                      sharedSecret=peer.secret)
    bridge.client.wait("connected")


def quarter(samples, number):
    size = len(samples) // 4
    return samples[size * number:size * (number + 1)]


def main():
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    program, seconds = pathlib.Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 7200
    if seconds < 8 * ROUND:
        sys.exit(f"less than {8 * ROUND} seconds tell nothing")
    over = threading.Event()
    with tempfile.TemporaryDirectory() as name, Processes() as processes:
        directory = pathlib.Path(name)
        (directory / "certificates-made").mkdir()
        certificates = Certificates(directory / "certificates-made")
        peers = [processes.add(Prosody(directory, certificates)), processes.add(Ejabberd(directory, certificates))]
        bridges = [
            Bridge(processes.add(APIServer(
                program, directory, *certificates.options, name=f"api-server-{number}")), over)
            for number in range(2)]
        for bridge in bridges:
            for thread in bridge.threads:
                thread.start()
        rounds, restarts = soak(bridges, peers, seconds)
        over.set()
        report(bridges, rounds, restarts, seconds)


def soak(bridges, peers, seconds):
    start = time.monotonic()
    turn = restarts = 0
    while (now := time.monotonic() - start) < seconds:
        turn += 1
        swapped = turn // 10 % 2
        for number, bridge in enumerate(bridges):
            peer = peers[number ^ swapped]
            if turn % 6 == 0:
                bridge.client.put(sharedSecret="wrong")
                bridge.client.wait("waiting")
            # No two have one name at one server: where the other one still is, it says good-bye first.
            settle(bridge, peer, NAMES[turn % 2])
        if turn % 4 == 0:
            peer = peers[turn // 4 % 2]
            peer.restart()
            restarts += 1
            for bridge in bridges:
                bridge.client.wait("connected", 120)
        time.sleep(max(0, start + turn * ROUND - 2 - time.monotonic()))
        for bridge in bridges:
            bridge.client.wait("connected")
            for thread in bridge.threads:
                if not thread.is_alive():
                    sys.exit(f"{type(thread).__name__} has ended")
            bridge.sample(now)
        if turn % 10 == 0:
            for number, bridge in enumerate(bridges):
                at, resident, descriptors, threads, cpu = bridge.samples[-1]
                print(f"{at:.0f} s, bridge {number + 1}: {resident / 2**20:.1f} MiB, {descriptors} descriptors, "
                      f"{threads} threads, {cpu:.1f} s", file=sys.stderr, flush=True)
        time.sleep(max(0, start + turn * ROUND - time.monotonic()))
    return turn, restarts


def report(bridges, rounds, restarts, seconds):
    problems = []
    print(f"\n{seconds} s, {rounds} changes of the name, {restarts} restarts of an XMPP server; polls: "
          f"{', '.join(str(bridge.threads[0].count) for bridge in bridges)}, the slowest "
          f"{max(bridge.threads[0].longest for bridge in bridges) * 1e3:.0f} ms\n")
    print("| quarter | 1 | 2 | 3 | 4 |\n| --- | ---: | ---: | ---: | ---: |")
    for number, bridge in enumerate(bridges, 1):
        quarters = [quarter(bridge.samples, part) for part in range(4)]
        levels = [statistics.median(sample[1] for sample in part) for part in quarters]
        row("resident memory, MiB", number, [f"{level / 2**20:.1f}" for level in levels])
        for column, what in ((2, "descriptors, most"), (3, "threads, most")):
            most = [max(sample[column] for sample in part) for part in quarters]
            row(what, number, most)
            if most[3] > most[0]:
                problems.append(f"bridge {number}: {what}: {most[0]} before, {most[3]} at the end")
        row("processor time, ms a minute", number,
            [f"{(part[-1][4] - part[0][4]) / (part[-1][0] - part[0][0]) * 60e3:.0f}" for part in quarters])
        if levels[3] - levels[1] > MOST_GROWTH:
            problems.append(f"bridge {number}: memory grew by {(levels[3] - levels[1]) / 2**20:.1f} MiB")
    if problems:
        sys.exit("; ".join(problems))


def row(what, number, values):
    print(f"| bridge {number}: {what} | " + " | ".join(map(str, values)) + " |")


main()
