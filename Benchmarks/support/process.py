"""Processes that a benchmark starts and ends, and their figures."""
import contextlib
import os
import pathlib
import re
import socket
import subprocess
import sys
import time


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def free_ports(count):
    with contextlib.ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


class Process:
    """One process; its output goes to a file of its name in `directory`."""

    def __init__(self, name, command, directory, environment=None):
        self.name, self.command, self.log = name, command, pathlib.Path(directory) / f"{name}.log"
        self.environment = environment
        self.process = None
        self.start()

    def start(self):
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, **self.environment} if self.environment else None)

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def wait_for_port(self, port, seconds=60):
        deadline = time.monotonic() + seconds
        while True:
            if self.process.poll() is not None:
                sys.exit(f"{self.name} ended: {self.tail()}")
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            if time.monotonic() > deadline:
                sys.exit(f"{self.name} does not listen on port {port}: {self.tail()}")
            time.sleep(0.02)

    def tail(self):
        return self.log.read_text(errors="replace")[-2000:]

    # Figures of proc(5).

    def status(self, name):
        text = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(rf"^{name}:\s+(\d+)", text, re.M).group(1))

    @property
    def resident(self):
        """Bytes."""
        return self.status("VmRSS") * 1024

    @property
    def threads(self):
        return self.status("Threads")

    @property
    def descriptors(self):
        return len(os.listdir(f"/proc/{self.process.pid}/fd"))

    @property
    def cpu(self):
        """Seconds of processor time."""
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Processes:
    """Ends them in the opposite order, whatever happens."""

    def __init__(self):
        self.all = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in reversed(self.all):
            process.stop()

    def add(self, process):
        self.all.append(process)
        return process
