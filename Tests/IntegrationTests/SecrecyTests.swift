import Foundation
import TestSupport
import Testing

/// The shared secret is in no answer, no log line and no error, whatever is asked for.
@Suite struct SecrecyTests {
    @Test func `the secret is seen nowhere`() throws {
        let secret = "tell-no-one-\(UUID().uuidString)"
        let other = "tell-no-one-either-\(UUID().uuidString)"
        let prosody = try Prosody()
        let server = try APIServerProcess(.trusting())
        let client = server.client()
        var seen = ""
        func note(_ reply: HTTPReply) {
            seen += reply.headers.fields.map { "\($0.name): \($0.value)\n" }.joined() + reply.text + "\n"
        }
        for path in [APIServerProcess.configurationPath, "/api/v1/system/configuration/xmpp"] {
            for value in [secret, other, secret + "\n"] {
                note(
                    try server.put(
                        [
                            "uniqueName": "cb1", "domain": "example.test", "sharedSecret": value,
                            "serverAddressOverride": "localhost:\(prosody.mutualPort)",
                        ], over: client))
                try server.waitForStatus { $0.state == "waiting" }
            }
            for body in [
                "sharedSecret=\(secret)%zz", "secret=\(secret)", "sharedSecret=\(secret)&sharedSecret=\(other)",
            ] {
                for accept in ["application/json", "text/xml"] {
                    note(
                        try client.request("PUT", path, headers: [("Accept", accept)], body: Array(body.utf8)))
                }
            }
            for accept in ["application/json", "text/xml"] {
                note(try client.request("GET", path, headers: [("Accept", accept)]))
                note(try client.request("GET", path + "/status", headers: [("Accept", accept)]))
                note(try client.request("GET", path + "/attempts?limit=500", headers: [("Accept", accept)]))
                note(try client.request("GET", "/api/v1/events?limit=500", headers: [("Accept", accept)]))
            }
        }
        // The proof that goes to the server is as good as the secret for whoever knows the stream id.
        try server.put(["sharedSecret": Prosody.secret("cb1")])
        try server.waitForStatus { $0.state == "connected" }
        let commandLine = try String(
            contentsOfFile: "/proc/\(server.process.processID)/cmdline", encoding: .utf8)
        try server.stop()
        for (place, text) in [("answers", seen), ("log", server.log), ("command line", commandLine)] {
            #expect(!text.isEmpty)
            for hidden in [secret, other, Prosody.secret("cb1"), server.password, "handshake>"] {
                #expect(!text.contains(hidden), "in the \(place)")
            }
        }
        #expect(server.log.contains(#"API user "admin" modified XMPP configuration"#))
        #expect(server.log.contains("sharedSecret)"))
    }
}
