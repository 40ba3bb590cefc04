import NIOConcurrencyHelpers
import TestSupport
import Testing

/// Whoever reads the status after the 200 of a PUT sees the new revision, and `connected` only for the new settings.
@Suite struct PromiseTests {
    @Test func `a thousand changes under load never show an old status`() throws {
        let prosody = try Prosody()
        let server = try APIServerProcess(.trusting())
        let good = [
            "uniqueName": "cb2", "domain": "example.test", "sharedSecret": Prosody.secret("cb2"),
            "serverAddressOverride": "localhost:\(prosody.mutualPort)",
        ]
        try server.put(good)
        try server.waitForStatus { $0.state == "connected" }

        // Readers and a second connection's worth of reads beside each PUT.
        let isOver = NIOLockedValueBox(false)
        let reads = NIOLockedValueBox(0)
        let readers = (0..<4).map { _ in
            BackgroundThread {
                let client = server.client()
                var last = 0
                while !isOver.withLockedValue({ $0 }) {
                    let status = try server.status(over: client)
                    #expect(status.revision >= last, "a revision never goes back")
                    last = status.revision
                    reads.withLockedValue { $0 += 1 }
                }
            }
        }
        let writer = server.client()
        let reader = server.client()
        var connectedAfterPut = 0
        var expected = 1
        for round in 0..<1000 {
            // Every tenth change is none.
            let isChange = round % 10 != 9
            if isChange { expected += 1 }
            let port = expected % 2 == 0 ? prosody.port : prosody.mutualPort
            let address = "localhost:\(port)"
            let before = try server.status(over: reader)
            let reply = try server.put(["serverAddressOverride": address], over: writer)
            let after = try server.status(over: reader)
            #expect(reply.status == 200)
            #expect(after.revision == expected)
            if after.state == "connected" {
                connectedAfterPut += 1
                #expect(after.server == address)
                #expect(after.address == "127.0.0.1:\(port)")
                // Up again already, or never touched: the time says which.
                if isChange, before.state == "connected" { #expect(after.since != before.since) }
                if !isChange, before.state == "connected" { #expect(after.since == before.since) }
            }
        }
        isOver.withLockedValue { $0 = true }
        for reader in readers { try reader.join() }
        #expect(reads.withLockedValue { $0 } > 1000, "there was load")
        let last = try server.waitForStatus { $0.state == "connected" }
        #expect(last.revision == expected)
    }
}
