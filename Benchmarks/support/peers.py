"""Real XMPP servers on free loopback ports."""
import os
import pathlib
import subprocess
import sys

from .process import Process, free_port, free_ports

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LAB = ROOT / "deploy" / "lab"
DOMAIN = "example.test"
NAMES = ("cb1", "cb2")
"""The components that each server knows."""


class Certificates:
    """Those of the lab, made anew."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        subprocess.run([LAB / "certificates", self.directory], check=True, capture_output=True)

    def file(self, name):
        return self.directory / name

    @property
    def options(self):
        """Options of `api-server serve`."""
        return ["--xmpp-ca-file", self.file("ca.crt"), "--xmpp-certificate", self.file("callbridge.crt"),
                "--xmpp-key", self.file("callbridge.key")]

    def pair(self, name):
        """A certificate and its key in one file."""
        both = self.file(f"{name}.pem")
        both.write_text(self.file(f"{name}.crt").read_text() + self.file(f"{name}.key").read_text())
        both.chmod(0o600)
        return both


class Prosody(Process):
    """The lab's Prosody: direct TLS, our certificate is required."""

    def __init__(self, directory, certificates):
        self.port, client_port = free_ports(2)
        self.secret = os.urandom(16).hex()
        home = certificates.directory
        (home / "data").mkdir()
        (home / "certificates").mkdir()
        text = (LAB / "prosody.cfg.lua").read_text()
        values = {"DIR": home, "PORT": self.port, "CLIENT_PORT": client_port, "SECRET": self.secret,
                  "MODULES": ROOT / "deploy" / "prosody"}
        for name, value in values.items():
            text = text.replace(f"@{name}@", str(value))
        configuration = home / "prosody.cfg.lua"
        configuration.write_text(text)
        super().__init__("prosody", ["prosody", "--config", configuration, "-F"], directory)
        self.wait_for_port(self.port)

    def restart(self):
        self.stop()
        self.start()
        self.wait_for_port(self.port)


class Ejabberd(Process):
    """An ejabberd with direct TLS for components."""

    def __init__(self, directory, certificates):
        libraries = next((path.parent for path in pathlib.Path("/usr/lib").glob("*/ejabberd-*")), None)
        if libraries is None:
            sys.exit("there is no ejabberd: install the package ejabberd")
        self.port = free_port()
        self.secret = os.urandom(16).hex()
        home = pathlib.Path(directory) / "ejabberd-files"
        (home / "database").mkdir(parents=True)
        hosts = "".join(f'      {name}.{DOMAIN}: {{ password: "{self.secret}" }}\n' for name in NAMES)
        (home / "ejabberd.yml").write_text(
            f"""hosts: [{DOMAIN}]
loglevel: warning
ca_file: "{certificates.file('ca.crt')}"
certfiles: ["{certificates.pair('server')}"]
modules:
  mod_disco: {{}}
  mod_ping: {{}}
listen:
  - port: {self.port}
    ip: 127.0.0.1
    module: ejabberd_service
    tls: true
    certfile: "{certificates.pair('server')}"
    cafile: "{certificates.file('ca.crt')}"
    hosts:
{hosts}    global_routes: false
""")
        (home / "inetrc").write_text('{lookup, ["file"]}. {host, {127,0,0,1}, ["localhost"]}.\n')
        super().__init__(
            "ejabberd",
            ["erl", "+S", "1:1", "+SDcpu", "1:1", "+SDio", "1", "+sbwt", "none", "-noinput",
             "-mnesia", "dir", f'"{home / "database"}"', "-ejabberd", "log_rotate_size", "infinity", "-s", "ejabberd"],
            directory,
            {"HOME": str(home), "ERL_LIBS": str(libraries), "ERL_INETRC": str(home / "inetrc"),
             "ERL_CRASH_DUMP_BYTES": "0", "EJABBERD_CONFIG_PATH": str(home / "ejabberd.yml"),
             "EJABBERD_LOG_PATH": str(home / "ejabberd-file.log")})
        self.wait_for_port(self.port, 120)

    def restart(self):
        self.stop()
        self.start()
        self.wait_for_port(self.port, 120)
