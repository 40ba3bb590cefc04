import Foundation
import Testing

/// What the sources log can be counted and searched for: constant messages, values under the keys of `LogKey`.
@Suite struct LogMessageTests {
    /// The sources, by path.
    private let sources: [(path: String, text: String)]

    init() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../Sources")
            .standardized
        sources = try FileManager.default.subpathsOfDirectory(atPath: root.path).filter { $0.hasSuffix(".swift") }.map {
            ($0, try String(contentsOf: root.appending(path: $0), encoding: .utf8))
        }
    }

    /// Only the audit lines say something else each time, because a Cisco Meeting Server's do.
    @Test func `messages are constant`() {
        let calls = ["trace", "debug", "info", "notice", "warning", "error", "critical"].map { "logger.\($0)(" }
        var count = 0
        for source in sources where !source.path.hasSuffix("StartWarning.swift") {
            let lines = source.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            for (number, line) in lines.enumerated() where calls.contains(where: line.contains) {
                // The message stands behind the call, or on the next lines.
                var message = line.components(separatedBy: "logger.").last ?? ""
                for next in lines[(number + 1)...].prefix(2)
                where !message.contains("\"") || message.hasSuffix("\"\"\"") {
                    message += next
                }
                message = message.components(separatedBy: ", metadata:")[0]
                count += 1
                #expect(!message.contains("\\(") || message.contains("AuditLine."), "\(source.path): \(message)")
            }
        }
        #expect(count > 20)
    }

    @Test func `values stand under keys that have a name`() {
        for source in sources {
            let packed = source.text.filter { !$0.isWhitespace }
            for literal in ["metadata:[\"", "metadata[\""] {
                #expect(!packed.contains(literal), "\(source.path)")
            }
        }
    }
}
