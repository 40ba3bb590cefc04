-- Prosody for `scripts/serve --lab`: direct TLS for components, a client certificate is required; clients log in as the
-- Call Bridge decides. Words between @ are put in by the script. Not for production: both components have one secret, and
-- the certificates are throw-away.
run_as_root = true -- the lab runs as whoever starts it, in a container often root
pidfile = "@DIR@/prosody.pid"
data_path = "@DIR@/data"
certificates = "@DIR@/certificates"
log = { { levels = { min = "info" }, to = "console" } }
interfaces = { "127.0.0.1" }
storage = "internal"
authentication = "internal_plain"

-- mod_auth_callbridge is beside this folder.
plugin_paths = { "@MODULES@" }
modules_enabled = { "disco", "net_multiplex", "ping", "roster", "saslauth", "tls", "version" }
modules_disabled = { "s2s" }
c2s_ports = { @CLIENT_PORT@ }
s2s_ports = { }
component_ports = { }

-- mod_net_multiplex gives the direct-TLS port that component streams lack in Prosody 0.12.
ports = { }
ssl_ports = { @PORT@ }
ssl_interfaces = { "127.0.0.1" }
ssl_ssl = {
  certificate = "@DIR@/server.crt";
  key = "@DIR@/server.key";
  cafile = "@DIR@/ca.crt";
  protocol = "tlsv1_2+";
  verify = { "peer", "fail_if_no_peer_cert" };
  verifyext = { lsec_continue = false, lsec_ignore_purpose = false };
}

VirtualHost "example.test"
  ssl = { certificate = "@DIR@/server.crt"; key = "@DIR@/server.key" }
  authentication = "callbridge"
  callbridge_component = "cb1.example.test"

Component "cb1.example.test"
  component_secret = "@SECRET@"

-- A second name with the same secret, to try a change of configuration with.
Component "cb2.example.test"
  component_secret = "@SECRET@"
