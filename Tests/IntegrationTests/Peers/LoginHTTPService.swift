import Foundation
import TestSupport

/// An HTTPS service that decides about logins, as `--login-mode http` asks it: alice's right password is accepted.
struct LoginHTTPService {
    static let password = "right one"
    let process: ServerProcess
    let port: UInt16
    private let scratch: ScratchDirectory

    /// For `--login-url`; ``TestNetwork/address`` has to be there.
    var url: String { "https://\(TestNetwork.address):\(port)/check" }

    /// What it was asked, one JSON object each.
    var asked: [String] {
        get throws {
            let text = (try? String(contentsOfFile: scratch.file("asked"), encoding: .utf8)) ?? ""
            return text.split(separator: "\n").map(String.init)
        }
    }

    init() throws {
        try TestNetwork.addAddress()
        scratch = try ScratchDirectory("login-service")
        port = try FreePorts.reserve()
        let files = try TestPKI.shared().server(.address)
        let script = try scratch.write(Self.script, to: "service.py")
        process = try ServerProcess(
            "login-service",
            .init(
                "/usr/bin/python3",
                [script, "\(port)", files.certificate, files.key, scratch.file("asked"), Self.password]),
            in: scratch)
        try process.waitUntilListening(on: [port])
    }

    private static let script = """
        import http.server, json, ssl, sys
        port, certificate, key, asked, password = sys.argv[1:]

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                text = self.rfile.read(int(self.headers["Content-Length"]))
                with open(asked, "ab") as file:
                    file.write(text + b"\\n")
                question = json.loads(text)
                good = question["username"] == "alice" and question["password"] == password
                self.send_response(200 if good and self.path == "/check" else 401)
                self.send_header("Content-Length", "0")
                self.end_headers()

        server = http.server.ThreadingHTTPServer(("", int(port)), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.serve_forever()
        """
}
