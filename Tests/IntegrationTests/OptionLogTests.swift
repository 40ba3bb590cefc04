import BridgeEngine
import Foundation
import Logging
import TestSupport
import Testing

@testable import api_server

/// `--log-format`.
@Suite struct OptionLogTests {
    private static let time = Timestamp(milliseconds: 1_795_460_346_596)
    /// What somebody may send who would like to write lines of his own.
    private static let forged = "bob\n2026-11-23T18:59:06.596Z notice api: forged\u{1b}[2J\u{2028}\u{202e}\"\\\"\u{301}"

    private func line(_ format: LogFormat, _ message: String, _ metadata: Logger.Metadata = [:]) -> String {
        format.line(time: Self.time, level: .notice, label: "api", message: message, metadata: metadata)
    }

    @Test func `text is one readable line`() {
        #expect(line(.text, "listening") == "2026-11-23T18:59:06.596Z notice api: listening\n")
        #expect(
            line(.text, "message", ["state": "connected", "attempts": .stringConvertible(3), "a": ""])
                == "2026-11-23T18:59:06.596Z notice api: message a=\"\" attempts=3 state=connected\n")
        #expect(
            line(.text, "m", ["tls": ["version": "TLSv1.3", "names": ["a.test", "b c"]]])
                == "2026-11-23T18:59:06.596Z notice api: m tls.names.0=a.test tls.names.1=\"b c\" tls.version=TLSv1.3\n"
        )
    }

    @Test(arguments: [
        ("plain", "plain"), ("two words", "\"two words\""), ("a=b", "\"a=b\""), ("say \"hi\"", "\"say \\\"hi\\\"\""),
        ("back\\slash", "\"back\\\\slash\""), ("line\nend", "\"line\\nend\""), ("tab\t", "\"tab\\t\""),
        ("esc\u{1b}", "\"esc\\u001b\""), ("c1\u{85}", "\"c1\\u0085\""), ("sep\u{2028}", "\"sep\\u2028\""),
        ("turn\u{202e}", "\"turn\\u202e\""), ("nbsp\u{a0}", "\"nbsp\u{a0}\""), ("zoë", "zoë"), ("人", "人"),
        ("\r\n", "\"\\r\\n\""), ("\"\u{301}", "\"\\\"\u{301}\""), ("\\\u{301}", "\"\\\\\u{301}\""),
        ("[::1]:8443", "[::1]:8443"),
    ]) func `a value that could be taken for something else is quoted`(value: String, shown: String) {
        #expect(line(.text, "m", ["k": "\(value)"]) == "2026-11-23T18:59:06.596Z notice api: m k=\(shown)\n")
    }

    @Test(arguments: LogFormat.allCases)
    func `nobody forges a line`(format: LogFormat) {
        let text = line(format, Self.forged, ["\(Self.forged)": "\(Self.forged)"])
        let unsafe = text.dropLast().unicodeScalars.filter(LogText.isUnsafe)
        #expect(unsafe.isEmpty)
        #expect(text.hasSuffix("\n"))
    }

    @Test func `JSON is one object with everything in it`() throws {
        let text = line(
            .json, Self.forged, ["user": "\(Self.forged)", "tls": ["names": ["a", "b"], "version": "TLSv1.3"]])
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(object.keys.sorted() == ["label", "level", "message", "metadata", "time"])
        #expect(object["time"] as? String == "2026-11-23T18:59:06.596Z")
        #expect(object["level"] as? String == "notice")
        #expect(object["label"] as? String == "api")
        #expect(object["message"] as? String == Self.forged)
        let metadata = try #require(object["metadata"] as? [String: Any])
        #expect(metadata["user"] as? String == Self.forged)
        let tls = try #require(metadata["tls"] as? [String: Any])
        #expect(tls["names"] as? [String] == ["a", "b"])
        #expect(line(.json, "m").hasSuffix(#""message":"m","metadata":{}}"# + "\n"))
    }

    @Test func `metadata of the message goes before that of the logger`() {
        var handler = LineLogHandler(label: "api", format: .text, logLevel: .info)
        handler[metadataKey: "a"] = "logger"
        handler.metadataProvider = .init { ["a": "provider", "b": "provider"] }
        let event = LogEvent(
            level: .info, message: "m", error: StartError("broken"), metadata: ["b": "message"], source: nil, file: "",
            function: "", line: 1)
        #expect(
            handler.line(for: event, at: Self.time)
                == "2026-11-23T18:59:06.596Z info api: m a=provider b=message error=broken\n")
    }

    @Test(arguments: LogFormat.allCases)
    func `a running server logs whole lines, whatever a client sends`(format: LogFormat) throws {
        let server = try APIServerProcess(.init(further: ["--log-format", format.rawValue]))
        // A name ends at the first colon. One with control characters is no name, and is not logged at all.
        let forged = Self.forged.replacing(":", with: "")
        let name = #"no"body level=notice \ user=admin"#
        for stranger in [forged, name] {
            let client = server.client(of: stranger, password: "x")
            #expect(try client.request("GET", APIServerProcess.configurationPath).status == 401)
        }
        let writers = (0..<4).map { number in
            BackgroundThread {
                let client = server.client()
                for round in 0..<25 { try server.put(["uniqueName": "cb-\(number)-\(round)"], over: client) }
            }
        }
        for writer in writers { try writer.join() }
        try server.stop()
        let lines = server.log.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
        #expect(lines.count > 100)
        var refused = 0
        for line in lines {
            switch format {
            case .text:
                let pattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (trace|debug|info|notice|warning) [a-z-]+: .+$/
                #expect(line.wholeMatch(of: pattern) != nil, "\(line)")
                if line.contains("API user refused") { refused += 1 }
            case .json:
                let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
                guard object["message"] as? String == "API user refused" else { continue }
                refused += 1
                #expect((object["metadata"] as? [String: Any])?["user"] as? String == name)
            }
        }
        #expect(refused == 1)
    }
}
