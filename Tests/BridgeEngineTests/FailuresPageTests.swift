import Foundation
import Testing

@testable import BridgeEngine

/// `docs/failures.md` has every reason, and names tests that exist.
@Suite struct FailuresPageTests {
    private let root: URL
    private let page: String

    init() throws {
        root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized
        page = try String(contentsOf: root.appending(path: "docs/failures.md"), encoding: .utf8)
    }

    @Test func `each reason and each step has its place`() {
        for word in FailureReason.allCases.map(\.rawValue) + ConnectionStep.allCases.map(\.rawValue) + ["connected"] {
            #expect(page.contains("`\(word)`"), "\(word)")
        }
    }

    @Test func `each row names a test, and each test that is named is there`() throws {
        let tests = root.appending(path: "Tests")
        let names = try FileManager.default.subpathsOfDirectory(atPath: tests.path).compactMap { path in
            path.hasSuffix("Tests.swift") ? URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent : nil
        }
        let rows = page.split(separator: "\n").filter { row in
            FailureReason.allCases.contains { row.hasPrefix("|") && row.contains("`\($0.rawValue)`") }
                && row.split(separator: "|").count > 4
        }
        #expect(rows.count > 20)
        for row in rows {
            let named = row.matches(of: /`([A-Za-z]+Tests)`/).map { String($0.1) }
            #expect(!named.isEmpty, "\(row)")
            for name in named { #expect(names.contains(name), "\(name)") }
        }
    }
}
