#!/usr/bin/env python3
"""How long from the return of a PUT to `connected`, beside what a bare C client needs to connect to the same server.

usage: Benchmarks/connect/run.py API-SERVER [ROUNDS]

Starts Prosody (direct TLS, client certificate required) and the given release build on free loopback ports, and lets
both connect, ROUNDS times each (default 200), so that whatever else the machine does counts for both. Whose turn it is is
drawn by lot: in a fixed order one of them would pay for what Prosody clears up after the other. Each PUT changes
the server address between `127.0.0.1`, as the C client has it, and `localhost`, which takes a look-up and is tried with
its refused `::1` first; so the bridge closes its stream and connects anew, and so does the C client. Prints a Markdown table; the exit status is 1
if the median of the time from the answer to `connected`, by address, is more than 1.3 times the C client's, or if one took
more than 40 ms: that would be a timer's doing, Nagle's or one of ours.
"""
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support.api import APIServer  # noqa: E402
from support.peers import DOMAIN, Certificates, Prosody  # noqa: E402
from support.process import Processes  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
GOAL, MOST = 1.3, 40.0


class Timed:
    """A client that says how long a change takes."""

    def __init__(self, server):
        self.client = server.client()

    def put(self, **values):
        """Changes the configuration; returns the milliseconds of the PUT, and from its return to `connected`."""
        start = time.perf_counter()
        self.client.put(**values)
        answered = time.perf_counter()
        # A wait, so that the client leaves the processors to those that connect.
        status = self.client.await_state("connected", 20)
        if status["state"] != "connected":
            sys.exit(f"not connected: {status}")
        return (answered - start) * 1e3, (time.perf_counter() - answered) * 1e3


def main():
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    program, rounds = pathlib.Path(sys.argv[1]).resolve(), int(sys.argv[2]) if len(sys.argv) > 2 else 200
    with tempfile.TemporaryDirectory() as name, Processes() as processes:
        directory = pathlib.Path(name)
        (directory / "made").mkdir()
        certificates = Certificates(directory / "made")
        prosody = processes.add(Prosody(directory, certificates))
        server = processes.add(APIServer(program, directory, *certificates.options))
        subprocess.run(["cc", "-O2", "-o", directory / "component", HERE / "component.c", "-lssl", "-lcrypto"], check=True)
        secret = directory / "secret"
        secret.touch(mode=0o600)
        secret.write_text(prosody.secret)
        bare = subprocess.Popen(
            [directory / "component", str(prosody.port), DOMAIN, f"cb2.{DOMAIN}", secret, certificates.pair("callbridge"),
             certificates.file("ca.crt")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        try:
            measure(Timed(server), bare, prosody, rounds)
        finally:
            bare.stdin.close()
            bare.wait()


def measure(api, bare, prosody, rounds):
    spellings = [f"localhost:{prosody.port}", f"127.0.0.1:{prosody.port}"]
    api.put(uniqueName="cb1", domain=DOMAIN, sharedSecret=prosody.secret, serverAddressOverride=spellings[0])
    by_address, by_name = "answer to connected, by address", "answer to connected, by name"
    times = {"bare C client": [], "its connecting alone": [], "PUT to its answer": [], by_address: [], by_name: []}
    left = ["bare", "ours"] * rounds
    random.shuffle(left)
    for number, whose in enumerate(["bare", "ours"] * 5 + left):
        is_warm = number >= 10  # the first warm both up
        if whose == "bare":
            bare.stdin.write("\n")
            bare.stdin.flush()
            both, connecting = map(float, bare.stdout.readline().split())
            if is_warm:
                times["bare C client"].append(both)
                times["its connecting alone"].append(connecting)
            continue
        spellings.reverse()
        answer, connected = api.put(serverAddressOverride=spellings[0])
        if is_warm:
            times["PUT to its answer"].append(answer)
            times[by_name if spellings[0].startswith("localhost") else by_address].append(connected)
    print(f"| ms, {rounds} rounds | median | least | most |\n| --- | ---: | ---: | ---: |")
    for name, values in times.items():
        print(f"| {name} | {statistics.median(values):.2f} | {min(values):.2f} | {max(values):.2f} |")
    ratio = statistics.median(times[by_address]) / statistics.median(times["bare C client"])
    longest = max(times[by_address] + times[by_name])
    print(f"\nby address : bare C client = {ratio:.2f} (goal: at most {GOAL}); the longest {longest:.1f} ms (goal: at most {MOST:.0f})")
    if ratio > GOAL or longest > MOST:
        sys.exit("missed")


main()
