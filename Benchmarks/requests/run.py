#!/usr/bin/env python3
"""What a GET costs, beside nginx and beside the least that libmicrohttpd can do.

usage: Benchmarks/requests/run.py API-SERVER [ROUNDS] [SECONDS]

GET of the configuration and of the status with Basic authentication, over 32 connections that are kept, from one thread of
wrk, over HTTP and over HTTPS (TLS 1.3, AES-256-GCM), with one and with two threads of the server. Beside it, with the same
body: nginx with `auth_basic` and a `{PLAIN}` password, with as many workers, and a bare C program on libmicrohttpd with as
many threads, which looks at nothing. In each of ROUNDS rounds (default 5) each of the three is asked for SECONDS (default
3), one after the other; the figures are medians. wrk has a core of its own and the servers have all others: how often threads
of wrk and of a server take turns on one core would otherwise count for more than what a request costs.

Prints a Markdown table; the exit status is 1 if the median ratio of a row is under 1.2 to nginx or under 0.7 to the bare
program.
"""
import http.client
import os
import pathlib
import ssl
import statistics
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support.api import PATH, USER, APIServer  # noqa: E402
from support.load import load  # noqa: E402
from support.peers import Certificates  # noqa: E402
from support.process import Process, Processes, free_port  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
CONNECTIONS = 32
NGINX_GOAL, BARE_GOAL = 1.2, 0.7
PRIORITIES = "NORMAL:-VERS-ALL:+VERS-TLS1.3"
"""GnuTLS and OpenSSL then agree on AES-256-GCM, as they do with api-server."""
PATHS = {"configuration": PATH, "status": PATH + "/status"}


class Nginx(Process):
    def __init__(self, directory, name, workers, password, head, body_files, tls):
        self.port = free_port()
        home = pathlib.Path(directory) / name
        (home / "pages").mkdir(parents=True)
        (home / "users").write_text(f"{USER}:{{PLAIN}}{password}\n")
        locations = ""
        fields = "".join(f"add_header {name} \"{value}\";\n" for name, value in head)
        for number, (path, body) in enumerate(body_files.items()):
            (home / "pages" / str(number)).write_bytes(body)
            locations += f"location = {path} {{ alias {home}/pages/{number}; }}\n"
        listen = f"127.0.0.1:{self.port}"
        secure = f"""ssl_certificate {tls.file('server.crt')};
ssl_certificate_key {tls.file('server.key')};
ssl_protocols TLSv1.3;
ssl_conf_command Ciphersuites TLS_AES_256_GCM_SHA384;
""" if tls else ""
        (home / "nginx.conf").write_text(f"""daemon off;
user root;
worker_processes {workers};
pid {home}/pid;
error_log stderr error;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    default_type application/json;
    keepalive_requests 1000000000;
    open_file_cache max=16;
    client_body_temp_path {home}/t1; proxy_temp_path {home}/t2; fastcgi_temp_path {home}/t3;
    uwsgi_temp_path {home}/t4; scgi_temp_path {home}/t5;
    server {{
        listen {listen}{' ssl' if tls else ''};
        {secure}
        auth_basic "callbridge";
        auth_basic_user_file {home}/users;
        {fields}
        {locations}
    }}
}}
""")
        super().__init__(name, ["nginx", "-p", home, "-e", "stderr", "-c", home / "nginx.conf"], directory)
        self.wait_for_port(self.port)


def fetch(server, path):
    """The body of an answer, and the header fields of its kind that do not come from libmicrohttpd or nginx themselves."""
    client = http.client.HTTPConnection("127.0.0.1", server.port)
    client.request("GET", path, headers={"Authorization": f"Basic {server.credentials}", "Accept": "application/json"})
    answer = client.getresponse()
    body = answer.read()
    if answer.status != 200:
        sys.exit(f"GET {path}: {answer.status}")
    skipped = {"date", "content-length", "connection", "etag", "x-request-id"}
    return body, [(name, value.replace('"', '\\"')) for name, value in answer.getheaders() if name.lower() not in skipped]


class Bare(Process):
    """The C program; it has one answer."""

    def __init__(self, directory, name, program, threads, head, body, tls):
        self.port = free_port()
        home = pathlib.Path(directory) / name
        home.mkdir()
        (home / "head").write_text("".join(f"{name}: {value}\n" for name, value in head))
        (home / "body").write_bytes(body)
        command = [program, str(self.port), str(threads), home / "head", home / "body"]
        if tls:
            command += [tls.file("server.crt"), tls.file("server.key"), PRIORITIES]
        super().__init__(name, command, directory)
        self.wait_for_port(self.port)


def main():
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    program = pathlib.Path(sys.argv[1]).resolve()
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    seconds = int(sys.argv[3]) if len(sys.argv) > 3 else 3
    missed = []
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        sys.exit("a core for wrk and one for the servers are needed")
    # For all that is started from here on.
    os.sched_setaffinity(0, cores[1:])
    print("| GET | api-server, 1/s | nginx, 1/s | bare C, 1/s | : nginx | : bare C | p99, ms: api-server | nginx | bare C |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        (directory / "certificates").mkdir()
        certificates = Certificates(directory / "certificates")
        bare = directory / "bare"
        subprocess.run(["cc", "-O2", "-Wall", "-Werror", "-o", bare, HERE / "bare.c", "-lmicrohttpd"], check=True)
        for threads in (1, 2):
            for tls in (None, certificates):
                for what, path in PATHS.items():
                    place = directory / f"{what}-{threads}-{'tls' if tls else 'plain'}"
                    place.mkdir()
                    label = f"{what}, {'HTTPS' if tls else 'HTTP'}, {threads} thread{'s' * (threads > 1)}"
                    missed += measure(place, program, bare, threads, tls, path, label, rounds, seconds, cores[0])
    if missed:
        sys.exit("missed: " + "; ".join(missed))


def measure(directory, program, bare, threads, tls, path, label, rounds, seconds, wrk_core):
    with Processes() as processes:
        secure_port = free_port()
        secure = ["--listen", f"127.0.0.1:{secure_port}", "--tls-certificate", tls.file("server.crt"), "--tls-key",
                  tls.file("server.key")] if tls else []
        server = processes.add(APIServer(program, directory, "--threads", threads, *secure))
        server.client().put(uniqueName="cb1", domain="example.test", sharedSecret="benchmark",
                            serverAddressOverride="127.0.0.1:1")
        # What is asked for must stay the same: a bridge without a secret does not try again and again.
        server.client().put(sharedSecret="")
        body, head = fetch(server, path)
        nginx = processes.add(Nginx(directory, "nginx", threads, server.password, head, {path: body}, tls))
        least = processes.add(Bare(directory, "bare", bare, threads, head, body, tls))
        scheme = "https" if tls else "http"
        ports = {"api-server": secure_port if tls else server.port, "nginx": nginx.port, "bare": least.port}
        headers = [("Authorization", f"Basic {server.credentials}"), ("Accept", "application/json")]
        results = {name: [] for name in ports}
        for turn in range(-1, rounds):  # the first warms all up
            for name, port in ports.items():
                result = load(f"{scheme}://127.0.0.1:{port}{path}", CONNECTIONS, seconds if turn >= 0 else 1, headers,
                              core=wrk_core)
                if turn >= 0:
                    results[name].append(result)
    rates = {name: statistics.median(result.rate for result in all) for name, all in results.items()}
    late = {name: statistics.median(result.p99 for result in all) for name, all in results.items()}
    ratios = {name: statistics.median(ours.rate / theirs.rate for ours, theirs in zip(results["api-server"], results[name]))
              for name in ("nginx", "bare")}
    print(f"| {label} | " + " | ".join(f"{rate:,.0f}" for rate in rates.values())
          + f" | {ratios['nginx']:.2f} | {ratios['bare']:.2f} | "
          + " | ".join(f"{value * 1e3:.2f}" for value in late.values()) + " |", flush=True)
    goals = {"nginx": NGINX_GOAL, "bare": BARE_GOAL}
    return [f"{label} : {name} = {ratios[name]:.2f} (goal {goal})" for name, goal in goals.items() if ratios[name] < goal]


main()
