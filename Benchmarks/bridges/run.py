#!/usr/bin/env python3
"""Very many bridges in one process: memory a bridge, and processor time at rest.

usage: Benchmarks/bridges/run.py API-SERVER [BRIDGES] [SECONDS]

Builds a small program on the bridge's library, which makes BRIDGES bridges (default 1,000) in quarters, each connected to
a scripted server over TLS with both certificates, and notes the resident memory after each quarter; then the processor
time of SECONDS (default 120) in which they do nothing but ping themselves each 30 seconds. A plain C program holds as many
connections beside it. (API-SERVER is not used; all benchmarks are called in the same way.)

Prints Markdown tables. The exit status is 1 if a bridge takes more than 60 KiB, or the last quarter takes more than 1.25
times as much as the second.
"""
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support.peers import ROOT, Certificates  # noqa: E402
from support.process import Process, Processes, free_port  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
MOST_KIB = 60
MOST_GROWTH = 1.25


class Client(Process):
    """A program that makes as many connections as it is told."""

    def start(self):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True)

    def make(self, count):
        print(count, file=self.process.stdin, flush=True)
        line = self.process.stdout.readline()
        if line != f"connected {count}\n":
            sys.exit(f"{self.name} said {line!r}: {self.tail()}")

    def stop(self):
        self.process.stdin.close()
        super().stop()


def main():
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    seconds = int(sys.argv[3]) if len(sys.argv) > 3 else 120
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    build = ["swift", "build", "-c", "release", "--package-path", ROOT, "--product", "many-bridges"]
    subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
    program = pathlib.Path(subprocess.run(
        [*build, "--show-bin-path"], check=True, capture_output=True, text=True).stdout.strip()) / "many-bridges"
    with tempfile.TemporaryDirectory() as name, Processes() as processes:
        directory = pathlib.Path(name)
        (directory / "made").mkdir()
        certificates = Certificates(directory / "made")
        bare = directory / "bare"
        subprocess.run(["cc", "-O2", "-o", bare, HERE / "bare.c", "-lssl", "-lcrypto"], check=True)
        port = free_port()
        server = processes.add(Process(
            "server", [sys.executable, HERE / "server.py", str(port), certificates.file("server.crt"),
                       certificates.file("server.key"), certificates.file("ca.crt")], directory))
        server.wait_for_port(port)
        files = [certificates.file("ca.crt"), certificates.file("callbridge.crt"), certificates.file("callbridge.key")]
        clients = {
            "bridges": processes.add(Client("bridges", [program, str(port), *files], directory)),
            "bare C program": processes.add(Client("bare", [bare, str(port), *files], directory)),
        }
        missed = measure(clients, count, seconds)
    if missed:
        sys.exit("missed: " + "; ".join(missed))


def measure(clients, count, seconds):
    memory = {name: [] for name in clients}
    for name, client in clients.items():
        # The first one also makes what all share.
        for number in (1, *(count * quarter // 4 for quarter in (1, 2, 3, 4))):
            client.make(number)
            memory[name].append((number, client.resident))
    print("| resident, MiB | " + " | ".join(f"{number:,}" for number, _ in memory["bridges"]) + " | KiB each | descriptors | threads |")
    print("| --- |" + " ---: |" * (len(memory["bridges"]) + 3))
    each = {}
    for name, figures in memory.items():
        (first, before), (last, after) = figures[0], figures[-1]
        each[name] = (after - before) / (last - first) / 1024
        print(f"| {name} | " + " | ".join(f"{bytes / 2**20:.1f}" for _, bytes in figures)
              + f" | {each[name]:.1f} | {clients[name].descriptors:,} | {clients[name].threads} |")
    bridges = memory["bridges"]
    quarters = [(after - before) / (more - fewer)
                for (fewer, before), (more, after) in zip(bridges[1:], bridges[2:])]
    growth = quarters[-1] / quarters[0]
    print(f"\nA bridge takes {each['bridges'] / each['bare C program']:.2f} times what the C program's connection takes; the last "
          f"quarter takes {growth:.2f} times what the second takes.")
    before, begin = clients["bridges"].cpu, time.monotonic()
    time.sleep(seconds)
    used, passed = clients["bridges"].cpu - before, time.monotonic() - begin
    clients["bridges"].make(count)
    print(f"At rest: {used * 1e3 / passed * 60:.0f} ms of processor time a minute for {count:,} bridges, "
          f"{used * 1e6 / passed * 60 / count:.0f} µs each; {clients['bridges'].resident / 2**20:.1f} MiB at the end.")
    missed = []
    if each["bridges"] > MOST_KIB:
        missed.append(f"{each['bridges']:.1f} KiB a bridge")
    if growth > MOST_GROWTH:
        missed.append(f"the last quarter takes {growth:.2f} times what the second takes")
    return missed


main()
