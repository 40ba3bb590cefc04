#!/usr/bin/env python3
"""What a PUT of a changing value costs, beside a bare C loop of the same SQLite transaction.

usage: Benchmarks/changes/run.py API-SERVER [ROUNDS] [SECONDS]

Each PUT names another unique name, so each is a revision and an event, and is answered when it is on disk. In each of
ROUNDS rounds (default 5) the C loop makes transactions on a database of the same making, one after the other; then one
client sends PUTs for SECONDS (default 3), one after the other; then 16 clients do. The figures are medians. All is done
twice: on the disk as it is, and on one whose syncs take 2 ms longer (slow_sync.c is loaded into both programs).

Prints Markdown tables; the exit status is 1 if one client comes to less than 0.7 times the C loop, 16 to less than three
times, or if the last revision is there without its event.
"""
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support.api import PATH, APIServer  # noqa: E402
from support.load import load  # noqa: E402
from support.process import Processes  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
ONE_GOAL, MANY_GOAL = 0.7, 3.0
MANY = 16
BARE_COUNT = 300
SCRIPT = """
wrk.method = "PUT"
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
math.randomseed(%d)
local base, count = string.format("%%x", math.random(1, 2^31)), 0
request = function()
  count = count + 1
  return wrk.format(nil, nil, nil, "uniqueName=c" .. base .. "-" .. count)
end
"""


def main():
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    program = pathlib.Path(sys.argv[1]).resolve()
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    seconds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    missed = []
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        subprocess.run(["cc", "-O2", "-Wall", "-Werror", "-o", directory / "transactions", HERE / "transactions.c",
                        "-lsqlite3"], check=True)
        slow = directory / "slow_sync.so"
        subprocess.run(["cc", "-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o", slow, HERE / "slow_sync.c", "-ldl"],
                       check=True)
        for what, environment in (("disk as it is", {}), ("syncs 2 ms longer", {"LD_PRELOAD": str(slow)})):
            place = directory / what.replace(" ", "-")
            place.mkdir()
            missed += compare(program, place, directory / "transactions", what, environment, rounds, seconds)
    if missed:
        sys.exit("missed: " + "; ".join(missed))


def compare(program, directory, transactions, what, environment, rounds, seconds):
    with Processes() as processes:
        made = APIServer(program, directory, name="made")
        made.stop()
        copy = directory / "copy.sqlite"
        shutil.copy(made.directory / "db.sqlite", copy)
        bare = subprocess.Popen([transactions, copy], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                env={**os.environ, **environment})
        try:
            server = processes.add(APIServer(program, directory, environment=environment))
            return measure(server, bare, what, rounds, seconds)
        finally:
            bare.stdin.close()
            bare.wait()


def measure(server, bare, what, rounds, seconds):
    url = f"http://127.0.0.1:{server.port}{PATH}"
    headers = [("Authorization", f"Basic {server.credentials}")]
    server.client().put(uniqueName="first")
    results = {"bare C loop": [], "1 client": [], f"{MANY} clients": []}
    late = {name: [] for name in results}
    for turn in range(-1, rounds):  # the first warms all up
        bare.stdin.write(f"{BARE_COUNT}\n")
        bare.stdin.flush()
        row = [BARE_COUNT / float(bare.stdout.readline())]
        times = [1 / row[0]]
        for clients in (1, MANY):
            result = load(url, clients, seconds, headers, SCRIPT % (turn * 100 + clients + 200))
            row.append(result.rate)
            times.append(result.p99)
        if turn >= 0:
            for values, value in zip(results.values(), row):
                values.append(value)
            for values, value in zip(late.values(), times):
                values.append(value)
    client = server.client()
    last = client.get("/api/v1/events?limit=1")["events"][0]
    revision = client.get(PATH + "/status")["revision"]
    print(f"| durable changes, {what} | 1/s | : bare C loop | p99, ms |\n| --- | ---: | ---: | ---: |")
    ratios = {}
    for name, values in results.items():
        ratios[name] = statistics.median(value / least for value, least in zip(values, results["bare C loop"]))
        p99 = f"{statistics.median(late[name]) * 1e3:.2f}" if name != "bare C loop" else ""
        print(f"| {name} | {statistics.median(values):,.0f} | {ratios[name]:.2f} | {p99} |")
    if last.get("revision") != revision:
        sys.exit(f"the last event is of revision {last.get('revision')}, the configuration's is {revision}")
    print(flush=True)
    return [f"{what}, {name} : bare C loop = {ratios[name]:.2f} (goal {goal})"
            for name, goal in (("1 client", ONE_GOAL), (f"{MANY} clients", MANY_GOAL)) if ratios[name] < goal]


main()
