#!/usr/bin/env python3
"""How many logins of clients a Call Bridge decides over its component stream.

usage: Benchmarks/logins/run.py API-SERVER [SECONDS]

Starts the given release build on free loopback ports, with this program as its XMPP server (TLS and XEP-0114), and asks:

- for USERS users once each, with nothing remembered: what scrypt costs;
- for SECONDS (default 60) at 200 logins a second, each due at its time whether or not others have been answered: users
  whose passwords are remembered, every twentieth a guest, and once a second a name that nobody has, which costs a proof
  and has to be refused;
- as fast as answers come, with 200 questions on their way, and the same with pings instead (XEP-0199), which are the
  stream and nothing else.

Prints a Markdown table. The exit status is 1 if a question was not answered once and with the right verdict, if the 99th
percentile at 200 a second is over 50 ms but for those that cost a proof, if resident memory grew by more than 8 MiB after the first quarter of that time,
or if logins come to less than 0.35 times the pings.
"""
import base64
import pathlib
import re
import selectors
import socket
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid

LAB = pathlib.Path(__file__).resolve().parent.parent.parent / "deploy" / "lab"
USERS = 50
RATE = 200
WINDOW = 200
MOST_GROWTH = 8 << 20
MOST_LATENCY = 0.05
LEAST_RATIO = 0.35
NAME = "cb1.example.test"
ANSWER = re.compile(rb"<iq type='(result|error)'[^>]*? id='(\d+)'")


class Component:
    """The server's end of a component stream."""

    def __init__(self, listener, context):
        raw, _ = listener.accept()
        raw.settimeout(30)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = context.wrap_socket(raw, server_side=True)
        self.buffer = b""
        self.read_until(b"to='" + NAME.encode() + b"'>")
        self.socket.sendall(
            b"<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "
            b"xmlns:stream='http://etherx.jabber.org/streams' from='cb1.example.test' id='bench'>")
        self.read_until(b"</handshake>")
        self.socket.sendall(b"<handshake/>")
        self.buffer = b""
        self.socket.settimeout(None)
        self.socket.setblocking(False)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.socket, selectors.EVENT_READ)

    def read_until(self, mark):
        while mark not in self.buffer:
            piece = self.socket.recv(65536)
            if not piece:
                sys.exit("the Call Bridge closed the stream")
            self.buffer += piece

    def send(self, text):
        data = memoryview(text.encode())
        while data:
            try:
                data = data[self.socket.send(data):]
            except (ssl.SSLWantWriteError, ssl.SSLWantReadError):
                time.sleep(0)

    def answers(self, limit):
        """Which have come within so many seconds: pairs of number and whether it was a result."""
        if not self.socket.pending():
            self.selector.select(max(limit, 0))
        try:
            while True:
                piece = self.socket.recv(1 << 18)
                if not piece:
                    sys.exit("the Call Bridge closed the stream")
                self.buffer += piece
        except ssl.SSLWantReadError:
            pass
        found, end = [], 0
        for match in ANSWER.finditer(self.buffer):
            found.append((int(match.group(2)), match.group(1) == b"result"))
            end = match.end()
        self.buffer = self.buffer[end:]
        return found


class Questions:
    """Numbers the questions, and holds their answers against what is expected."""

    def __init__(self, component):
        self.component = component
        self.number = 0
        self.open = {}
        self.latencies = []
        self.proofs = []

    def login(self, name, password, is_right=True):
        self.ask(f"<iq type='set' from='example.test' to='{NAME}' id='%d'><query xmlns='jabber:iq:auth'>"
                 f"<username>{name}</username><password>{password}</password><resource>bench</resource></query></iq>",
                 is_right)

    def ping(self):
        self.ask(f"<iq type='get' from='example.test' to='{NAME}' id='%d'><ping xmlns='urn:xmpp:ping'/></iq>", True)

    def ask(self, stanza, is_right):
        self.number += 1
        self.open[self.number] = (time.perf_counter(), is_right)
        self.component.send(stanza % self.number)

    def take(self, limit):
        """How many answers have come; one that was not asked for, or comes twice, or is wrong, ends the run."""
        answers = self.component.answers(limit)
        now = time.perf_counter()
        for number, is_result in answers:
            if number not in self.open:
                sys.exit(f"question {number} was answered twice, or never asked")
            begin, is_right = self.open.pop(number)
            if is_result != is_right:
                sys.exit(f"question {number} was answered wrongly")
            (self.latencies if is_right else self.proofs).append(now - begin)
        return len(answers)

    def settle(self):
        deadline = time.perf_counter() + 30
        while self.open:
            if time.perf_counter() > deadline:
                sys.exit(f"{len(self.open)} questions were not answered")
            self.take(1)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def resident(pid):
    return int(re.search(r"^VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text(), re.M).group(1)) * 1024


def add_users(server, database, scratch):
    """One by the command; the others are its copies, with the same password."""
    (scratch / "user-password").write_text("correct horse\n")
    (scratch / "user-password").chmod(0o600)
    subprocess.run([server, "bridge-user", "add", "user0@example.test", "--password-file", scratch / "user-password",
                    "--database", database], check=True)
    with sqlite3.connect(database) as connection:
        (stored,) = connection.execute("SELECT passwordHash FROM bridgeUser").fetchone()
        connection.executemany(
            "INSERT INTO bridgeUser (id, userJid, name, foldedName, passwordHash) VALUES (?, ?, '', '', ?)",
            [(str(uuid.uuid4()), f"user{number}@example.test", stored) for number in range(1, USERS)])


def put(port, path, body):
    """Puts a form, once the server listens."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data=body.encode(), method="PUT", headers={
        "Authorization": "Basic " + base64.b64encode(b"admin:benchmark").decode()})
    deadline = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status
        except OSError:
            if time.monotonic() > deadline:
                sys.exit(f"PUT {path} was not answered")
            time.sleep(0.02)


def main():
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    server = pathlib.Path(sys.argv[1]).resolve()
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 60
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        (scratch / "password").write_text("benchmark\n")
        (scratch / "password").chmod(0o600)
        subprocess.run([LAB / "certificates", scratch], check=True, capture_output=True)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(scratch / "server.crt", scratch / "server.key")
        listener = socket.create_server(("127.0.0.1", 0))
        listener.settimeout(30)
        port = free_port()
        database = scratch / "db.sqlite"
        process = subprocess.Popen(
            [server, "serve", "--listen-http", f"127.0.0.1:{port}", "--database", database, "--admin-password-file",
             scratch / "password", "--log-level", "warning", "--xmpp-ca-file", scratch / "ca.crt",
             "--ping-interval", "0"])
        try:
            put(port, "/api/v1/configuration/xmpp/login", "mode=usersAndGuests")
            add_users(server, database, scratch)
            put(port, "/api/v1/configuration/xmpp",
                "uniqueName=cb1&domain=example.test&sharedSecret=bench"
                f"&serverAddressOverride=localhost:{listener.getsockname()[1]}")
            missed = measure(process, Component(listener, context), seconds)
        finally:
            process.terminate()
            process.wait()
    if missed:
        sys.exit("missed: " + "; ".join(missed))


def percentile(values, share):
    return sorted(values)[int(len(values) * share)]


def proofs(component):
    """Each user once; no more on their way than may wait for a proof."""
    questions = Questions(component)
    begin = time.perf_counter()
    for number in range(USERS):
        questions.login(f"user{number}", "correct horse", True)
        while len(questions.open) >= 16:
            questions.take(1)
    questions.settle()
    return USERS / (time.perf_counter() - begin)


def steady(process, component, seconds):
    questions = Questions(component)
    begin = time.perf_counter()
    memory = []
    for number in range(RATE * seconds):
        due = begin + number / RATE
        while (left := due - time.perf_counter()) > 0:
            questions.take(left)
        if number % RATE == RATE - 1:
            questions.login(f"stranger{number}", "correct horse", False)
        elif number % 20 == 0:
            questions.login(f"guest{number}", "anything")
        else:
            questions.login(f"user{number % USERS}", "correct horse")
        if number % RATE == 0:
            memory.append(resident(process.pid))
    questions.settle()
    quarter = memory[len(memory) // 4:]
    return questions, max(quarter) - quarter[0], quarter[-1]


def rate(component, ask, seconds=5):
    questions = Questions(component)
    begin = time.perf_counter()
    while time.perf_counter() - begin < seconds:
        while len(questions.open) < WINDOW:
            ask(questions)
        questions.take(1)
    questions.settle()
    return questions.number / (time.perf_counter() - begin)


def measure(process, component, seconds):
    proved = proofs(component)
    steadily, growth, memory = steady(process, component, seconds)
    logins, pings = [], []
    for _ in range(3):
        pings.append(rate(component, lambda questions: questions.ping()))
        logins.append(rate(component, lambda questions: questions.login(
            f"user{questions.number % USERS}", "correct horse", True)))
    ratio = sorted(logins)[1] / sorted(pings)[1]
    slow = percentile(steadily.latencies, 0.99)
    print("| what | figure |")
    print("|---|---|")
    print(f"| users never seen before, each proved with scrypt | {proved:.1f} a second |")
    print(f"| {RATE} logins a second for {seconds} s | {len(steadily.latencies) + len(steadily.proofs)} of {steadily.number} answered rightly |")
    print(f"| from question to answer, median | {percentile(steadily.latencies, 0.5) * 1e3:.2f} ms |")
    print(f"| from question to answer, 99 of 100 | {slow * 1e3:.2f} ms |")
    print(f"| from question to answer, longest | {max(steadily.latencies) * 1e3:.2f} ms |")
    print(f"| names that nobody has, median | {percentile(steadily.proofs, 0.5) * 1e3:.0f} ms |")
    print(f"| resident memory at the end | {memory / 2**20:.1f} MiB |")
    print(f"| its growth after the first quarter | {growth / 1024:.0f} KiB |")
    print(f"| remembered users, {WINDOW} questions on their way | {sorted(logins)[1]:.0f} a second |")
    print(f"| pings instead | {sorted(pings)[1]:.0f} a second |")
    print(f"| logins : pings | {ratio:.2f} |")
    missed = []
    if slow > MOST_LATENCY:
        missed.append(f"99 of 100 within {slow * 1e3:.0f} ms")
    if growth > MOST_GROWTH:
        missed.append(f"memory grew by {growth / 2**20:.1f} MiB")
    if ratio < LEAST_RATIO:
        missed.append(f"{ratio:.2f} times the pings")
    return missed


main()
