import Foundation
import TestSupport

@testable import ConfigAPI

/// Asks an HTTPS server with curl, which checks the certificate.
struct CurlClient {
    let authority: String
    let port: UInt16

    /// Sends a row of the table and reads the answer.
    func request(_ row: APITable) throws -> APIHarness.Answer {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/curl")
        var arguments = [
            "--silent", "--show-error", "--include", "--path-as-is", "--cacert", authority, "--max-time", "10",
        ]
        arguments += row.method == "HEAD" ? ["--head"] : ["--request", row.method]
        for header in row.headers + APIHarness.credentials(row.user) {
            arguments += ["--header", "\(header.name): \(header.value)"]
        }
        if !row.body.isEmpty {
            arguments += ["--data-binary", row.body]
            // curl would add a type of its own.
            if !row.headers.contains(where: { $0.name == "Content-Type" }) {
                arguments += ["--header", "Content-Type:"]
            }
        }
        process.arguments = arguments + ["https://localhost:\(port)\(row.target)"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let bytes = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        let text = String(decoding: bytes, as: UTF8.self)
        let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        let lines = (parts.first ?? "").split(separator: "\r\n")
        let status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        let headers = lines.dropFirst().map { line in
            let pair = line.split(separator: ":", maxSplits: 1)
            return (name: String(pair[0]), value: String((pair.last ?? "").drop { $0 == " " }))
        }
        return APIHarness.Answer(status: status, headers: headers, body: parts.count > 1 ? String(parts[1]) : "")
    }
}
