"""Load from wrk."""
import pathlib
import re
import subprocess
import sys
import tempfile

UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}


class Load:
    """What wrk measured: requests a second, and seconds of latency at the median and the 99th percentile."""

    def __init__(self, text):
        self.rate = float(re.search(r"^Requests/sec:\s+([\d.]+)", text, re.M).group(1))
        self.median, self.p99 = (self.latency(text, share) for share in ("50", "99"))
        refused = re.search(r"Non-2xx or 3xx responses: (\d+)", text)
        errors = re.search(r"Socket errors: (.*)", text)
        if refused or errors:
            sys.exit(f"not all requests were answered: {refused or ''} {errors or ''}\n{text}")

    @staticmethod
    def latency(text, share):
        value, unit = re.search(rf"^\s+{share}%\s+([\d.]+)(us|ms|s|m)$", text, re.M).groups()
        return float(value) * UNITS[unit]


def load(url, connections, seconds, headers=(), script=None, core=None):
    """One thread of wrk with so many connections that are kept; on that core, if one is given."""
    with tempfile.TemporaryDirectory() as directory:
        # Headers go by a file: a process list is for everybody to see.
        lines = [f'wrk.headers["{name}"] = "{value}"' for name, value in headers]
        file = pathlib.Path(directory) / "load.lua"
        file.touch(mode=0o600)
        file.write_text("\n".join([*lines, script or "", ""]))
        result = subprocess.run(
            [*(["taskset", "--cpu-list", str(core)] if core is not None else []), "wrk", "--threads", "1", "--connections", str(connections), "--duration", f"{seconds}s", "--latency",
             "--timeout", "30s", "--script", file, url],
            capture_output=True, text=True)
    if result.returncode != 0:
        sys.exit(f"wrk: {result.stderr or result.stdout}")
    return Load(result.stdout)
