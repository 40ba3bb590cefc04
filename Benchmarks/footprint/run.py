#!/usr/bin/env python3
"""How soon it answers, and how much memory it takes: at rest, after an hour's polls, after very many reconnects.

usage: Benchmarks/footprint/run.py API-SERVER [RECONNECTS] [POLLS]

Starts, in turn and ten times each, with their files there, the given release build (until the first answer), a real Prosody
and a real ejabberd (until they listen), and notes each one's resident memory at rest. Then the server answers POLLS requests (default 36,000:
an hour of ten a second), and then, at an XMPP server of this program's own (TLS 1.3 and XEP-0114), connects anew
RECONNECTS times (default 100,000; some ten minutes).

Prints Markdown tables. The exit status is 1 if, after the first tenth, the polls or the reconnects made the memory grow by
more than 2 MiB, or if in the second half there were always more descriptors or threads than ever in the first.
"""
import pathlib
import socket
import ssl
import statistics
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support.api import PATH, APIServer  # noqa: E402
from support.peers import DOMAIN, Certificates, Ejabberd, Prosody  # noqa: E402
from support.process import Processes  # noqa: E402

STARTS = 10
MOST_GROWTH = 2 << 20


class Peer(threading.Thread):
    """Accepts every component, one connection after the other, until the other end closes it."""

    def __init__(self, certificates):
        super().__init__(daemon=True)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificates.file("server.crt"), certificates.file("server.key"))
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.connections = 0

    def run(self):
        while True:
            raw, _ = self.listener.accept()
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                self.serve(self.context.wrap_socket(raw, server_side=True))
            except OSError:
                raw.close()

    def serve(self, stream):
        with stream:
            text = b""
            while b"</handshake>" not in text:
                if b"'>" in text and b"<handshake" not in text:
                    stream.sendall(
                        b"<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "
                        b"xmlns:stream='http://etherx.jabber.org/streams' from='cb1.example.test' id='bench'>")
                piece = stream.recv(4096)
                if not piece:
                    return
                text += piece
            stream.sendall(b"<handshake/>")
            self.connections += 1
            while b"</stream:stream>" not in text:
                piece = stream.recv(4096)
                if not piece:
                    return
                text += piece
            stream.sendall(b"</stream:stream>")


def main():
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    program = pathlib.Path(sys.argv[1]).resolve()
    reconnects = int(sys.argv[2]) if len(sys.argv) > 2 else 100_000
    polls = int(sys.argv[3]) if len(sys.argv) > 3 else 36_000
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        (directory / "made").mkdir()
        starts(program, directory)
        problems = growth(program, directory, reconnects, polls)
    if problems:
        sys.exit("missed: " + "; ".join(problems))


def starts(program, directory):
    kinds = {
        "api-server": lambda place, certificates: APIServer(program, place),
        "Prosody": Prosody,
        "ejabberd": Ejabberd,
    }
    times, memory = {kind: [] for kind in kinds}, {kind: [] for kind in kinds}
    for number in range(STARTS):
        for kind, start in kinds.items():
            place = directory / f"{kind}-{number}"
            (place / "made").mkdir(parents=True)
            certificates = Certificates(place / "made")
            # The first start makes files, and the server the hash of a password.
            process = start(place, certificates)
            process.stop()
            begin = time.perf_counter()
            process.restart()
            times[kind].append((time.perf_counter() - begin) * 1e3)
            time.sleep(1)  # at rest
            memory[kind].append(process.resident / 2**20)
            process.stop()
    print(f"| medians of {STARTS} | until it answers, ms | resident at rest, MiB |\n| --- | ---: | ---: |")
    for kind in kinds:
        print(f"| {kind} | {statistics.median(times[kind]):.0f} | {statistics.median(memory[kind]):.1f} |")
    print(flush=True)


def growth(program, directory, reconnects, polls):
    place = directory / "growth"
    (place / "made").mkdir(parents=True)
    certificates = Certificates(place / "made")
    peer = Peer(certificates)
    peer.start()
    with Processes() as processes:
        server = processes.add(APIServer(program, place, *certificates.options))
        client = server.client()
        rows = {"polls": many(server, polls, lambda number: client.get(PATH + "/status"))}
        client.put(uniqueName="cb1", domain=DOMAIN, sharedSecret="bench", serverAddressOverride=f"localhost:{peer.port}")
        client.wait("connected")

        def reconnect(number):
            client.request("POST", PATH + "/reconnect", expected=(200, 202, 204))
            client.wait("connected")

        rows["reconnects"] = many(server, reconnects, reconnect)
        if peer.connections < reconnects:
            sys.exit(f"only {peer.connections} connections were made")
    print("| | number | MiB before | after a tenth | at the end | descriptors | threads | s |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    problems = []
    for what, (count, before, tenths, seconds) in rows.items():
        memory, descriptors, threads = zip(*tenths)
        print(f"| {what} | {count:,} | {before[0] / 2**20:.1f} | {memory[0] / 2**20:.1f} | {memory[-1] / 2**20:.1f} "
              f"| {min(descriptors)} to {max(descriptors)} | {min(threads)} to {max(threads)} | {seconds:.0f} |")
        if memory[-1] - memory[0] > MOST_GROWTH or more(descriptors) or more(threads):
            problems.append(f"{what}: {tenths}")
    return problems


def more(figures):
    """Whether the second half has always more than the first ever had: threads come and go."""
    middle = len(figures) // 2
    return min(figures[middle:]) > max(figures[:middle])


def many(server, count, body):
    """Does it so many times; returns the figures before and after each tenth."""
    def figures():
        return server.resident, server.descriptors, server.threads

    before, begin, tenths = figures(), time.monotonic(), []
    for number in range(count):
        body(number)
        if (number + 1) * 10 // count > len(tenths):
            tenths.append(figures())
    return count, before, tenths, time.monotonic() - begin


main()
