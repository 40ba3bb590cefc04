#!/usr/bin/env python3
"""What clients that wait cost the others, and how soon they are told.

usage: Benchmarks/waiting/run.py API-SERVER [WAITERS] [STREAMS] [ROUNDS]

In each of ROUNDS rounds (default 5) one client reads the status again and again, first alone, then while WAITERS others
(default 5000) wait in long polls for a state that does not come, and STREAMS (default 1000) follow the events; then a
change ends all the waits and is told in each stream. Beside it a bare C program writes as many bytes to as many sockets,
which the same reader reads.

Prints Markdown tables; the exit status is 1 if the median of a read beside the waiters is more than 1.25 times that of a
read alone, if the process has more than four more threads for all of them, or if the last one is told later than after
twice the time that the bare program takes.
"""
import pathlib
import resource
import selectors
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support.api import PATH, APIServer  # noqa: E402
from support.process import Processes  # noqa: E402
from support.wire import Wire  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
GOAL, TOLD_GOAL = 1.25, 2.0
# Queues have a thread while they work, some of them by chance when it is counted; a thread for each waiter would be thousands.
MOST_THREADS = 4
READS = 2000


def percentile(values, share):
    return sorted(values)[int(len(values) * share)]


def reads(wire):
    times = []
    for _ in range(READS):
        start = time.perf_counter()
        wire.ask("GET", PATH + "/status")
        times.append(time.perf_counter() - start)
    return times


def last_readable(sockets, begin):
    """Seconds from now until there is something to read on all of them."""
    selector = selectors.DefaultSelector()
    for socket in sockets:
        selector.register(socket, selectors.EVENT_READ)
    if selector.select(0):
        sys.exit("something came before its time")
    start = time.perf_counter()
    begin()
    left = len(sockets)
    while left:
        ready = selector.select(60)
        if not ready:
            sys.exit(f"{left} were not told")
        for key, _ in ready:
            selector.unregister(key.fileobj)
            left -= 1
    selector.close()
    return time.perf_counter() - start


class Bare:
    """The C program, and as many connections to it."""

    def __init__(self, program, count, size):
        self.process = subprocess.Popen([program, str(count), str(size)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        text=True)
        port = int(self.process.stdout.readline())
        self.wires = [Wire(port) for _ in range(count)]
        self.size = size

    def tell(self):
        def write():
            self.process.stdin.write("\n")
            self.process.stdin.flush()

        seconds = last_readable([wire.socket for wire in self.wires], write)
        for wire in self.wires:
            wire.take(self.size)
        return seconds

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def main():
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    program = pathlib.Path(sys.argv[1]).resolve()
    waiters, streams, rounds = (int(sys.argv[number]) if len(sys.argv) > number else standard
                                for number, standard in ((2, 5000), (3, 1000), (4, 5)))
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    with tempfile.TemporaryDirectory() as name, Processes() as processes:
        directory = pathlib.Path(name)
        subprocess.run(["cc", "-O2", "-Wall", "-Werror", "-o", directory / "tell", HERE / "tell.c"], check=True)
        server = processes.add(APIServer(
            program, directory, "--max-connections", waiters + streams + 100, "--max-connections-per-address", 0))
        measure(server, directory / "tell", waiters, streams, rounds)


def measure(server, tell, count, stream_count, rounds):
    reader = Wire(server.port, server.credentials)
    reader.ask("GET", PATH + "/status")
    waiters = [Wire(server.port, server.credentials) for _ in range(count)]
    # Each has asked once, so that what differs is the waiting alone.
    for waiter in waiters:
        waiter.ask("GET", PATH + "/status")
    threads, memory = server.threads, server.resident
    streams = [Wire(server.port, server.credentials, accept="text/event-stream") for _ in range(stream_count)]
    for stream in streams:
        stream.send("GET", PATH + "/status")
        stream.event()
    stream_memory = (server.resident - memory) / max(stream_count, 1)
    memory = server.resident
    alone, beside, told, more_threads, more_memory = [], [], [], [], []
    size = 0
    for turn in range(rounds):
        alone += reads(reader)
        for waiter in waiters:
            waiter.send("GET", f"{PATH}/status?waitFor=notConfigured&revision={turn + 1}&timeout=300")
        # The server has taken all of these when it has read them.
        reader.ask("GET", PATH + "/status")
        beside += reads(reader)
        more_threads.append(server.threads - threads)
        more_memory.append((server.resident - memory) / max(count, 1))
        told.append(last_readable(
            [wire.socket for wire in waiters + streams],
            lambda: reader.send("PUT", PATH, f"domain=d{turn}.example.test")))
        reader.receive()
        for waiter in waiters:
            size = len(waiter.receive())
        for stream in streams:
            stream.event()
    bare = Bare(tell, count + stream_count, size)
    least = [bare.tell() for _ in range(rounds)]
    bare.close()
    report(alone, beside, told, least, more_threads, more_memory, stream_memory, count, stream_count)


def report(alone, beside, told, least, more_threads, more_memory, stream_memory, count, stream_count):
    ratio = statistics.median(beside) / statistics.median(alone)
    print(f"| GET status | alone | beside {count} waiters, {stream_count} streams | ratio |\n| --- | ---: | ---: | ---: |")
    for name, share in (("median", 0.5), ("p99", 0.99)):
        first, second = percentile(alone, share), percentile(beside, share)
        print(f"| {name}, µs | {first * 1e6:.0f} | {second * 1e6:.0f} | {second / first:.2f} |")
    latest, bare = statistics.median(told) * 1e3, statistics.median(least) * 1e3
    print("\n| from a change to the last one told | ms |\n| --- | ---: |")
    print(f"| by the server, the change included | {latest:.1f} |\n| as many bytes from a bare C program | {bare:.1f} |")
    print(f"| ratio | {latest / bare:.2f} |")
    print(f"\nmemory: {statistics.median(more_memory):.0f} bytes a waiter, {stream_memory:.0f} bytes a stream with its "
          f"connection; threads for all of them: {max(more_threads)}")
    missed = []
    if ratio > GOAL:
        missed.append(f"read beside : alone = {ratio:.2f} (goal {GOAL})")
    if max(more_threads) > MOST_THREADS:
        missed.append(f"{max(more_threads)} more threads (goal {MOST_THREADS})")
    if latest / bare > TOLD_GOAL:
        missed.append(f"told : bare = {latest / bare:.2f} (goal {TOLD_GOAL})")
    if missed:
        sys.exit("missed: " + "; ".join(missed))


main()
