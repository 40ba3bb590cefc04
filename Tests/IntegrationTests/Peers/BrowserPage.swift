import Foundation
import TestSupport

/// Debian's chromium, driven by `Tests/Browser/pages.py`, as somebody uses the pages of an `api-server`.
///
/// What a page is to show is waited for; whatever is not so is an error that tells what there was instead.
final class BrowserPage {
    /// A command failed.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// What a command carries.
    enum Argument: Encodable {
        case text(String)
        case number(Int)
        case flag(Bool)
        case fields([String: String])

        func encode(to encoder: any Encoder) throws {
            var value = encoder.singleValueContainer()
            switch self {
            case .text(let text): try value.encode(text)
            case .number(let number): try value.encode(number)
            case .flag(let flag): try value.encode(flag)
            case .fields(let fields): try value.encode(fields)
            }
        }
    }

    private struct Outcome<Value: Decodable>: Decodable {
        let value: Value?
        let error: String?
    }

    private struct Nothing: Decodable {}

    private let process: ServerProcess
    /// How many outcomes have been read.
    private var outcomes = 0

    /// Starts the browser.
    ///
    /// - Parameters:
    ///   - server: whose pages; `user` logs in with its administrator's password.
    ///   - address: nil: plain HTTP.
    ///   - authority: whom to trust besides the usual ones, PEM.
    init(_ server: APIServerProcess, at address: String? = nil, authority: String? = nil) throws {
        let scratch = try ScratchDirectory("browser")
        process = try ServerProcess(
            "browser",
            .init(
                "\(try AutomationPage.programs())/python",
                [
                    RepositoryRoot.path("Tests/Browser/pages.py"), address ?? "http://127.0.0.1:\(server.port)",
                    APIServerProcess.user,
                ] + (authority.map { ["--ca-file", $0] } ?? []),
                environment: ["BROWSER_PASSWORD": server.password], input: .open), in: scratch)
        _ = try outcome(Nothing.self, of: "start")
    }

    // MARK: Commands

    /// Begins anew, with an empty page.
    func window(width: Int = 1280, dark: Bool = false, script: Bool = true) throws {
        try perform("window", ["width": .number(width), "dark": .flag(dark), "script": .flag(script)])
    }

    /// Goes to a page.
    ///
    /// - Returns: the status code of the answer.
    @discardableResult
    func open(_ path: String) throws -> Int { try ask("open", ["path": .text(path)]) }

    func click(_ role: String, _ name: String) throws {
        try perform("click", ["role": .text(role), "name": .text(name)])
    }

    func fill(_ label: String, _ text: String) throws {
        try perform("fill", ["label": .text(label), "text": .text(text)])
    }

    func tick(_ label: String) throws { try perform("tick", ["label": .text(label)]) }

    func press(_ key: String) throws { try perform("press", ["key": .text(key)]) }

    func type(_ text: String) throws { try perform("type", ["text": .text(text)]) }

    /// What a field holds.
    func value(of label: String) throws -> String { try ask("value", ["label": .text(label)]) }

    /// Waits until an element is there with this text in it.
    ///
    /// - Returns: all of its text.
    @discardableResult
    func see(_ selector: String, _ text: String = "") throws -> String {
        try ask("see", ["selector": .text(selector), "text": .text(text)])
    }

    /// Evaluates an expression in the page.
    func run<Value: Decodable>(_ script: String) throws -> Value { try ask("run", ["script": .text(script)]) }

    /// Lets no request for these addresses out any more.
    func refuse(_ pattern: String) throws { try perform("refuse", ["pattern": .text(pattern)]) }

    /// Sends the form of a page of another site.
    ///
    /// - Returns: the status code of the answer.
    func post(_ fields: [String: String], from origin: String) throws -> Int {
        try ask("post", ["origin": .text(origin), "fields": .fields(fields)])
    }

    /// What axe-core finds that is serious or critical.
    func axe() throws -> [String] { try ask("axe") }

    /// Keeps a picture of the whole page, in a folder that git ignores.
    func shoot(_ name: String) throws {
        let folder = RepositoryRoot.path(".build/screenshots")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try perform("shoot", ["file": .text("\(folder)/\(name).png")])
    }

    /// What the pages have complained of so far: errors of the script, and what the security policy has stopped.
    func problems() throws -> [String] { try ask("problems") }

    // MARK: The protocol

    private func perform(_ command: String, _ arguments: [String: Argument] = [:]) throws {
        try send(command, arguments)
        _ = try outcome(Nothing.self, of: command)
    }

    private func ask<Value: Decodable>(_ command: String, _ arguments: [String: Argument] = [:]) throws -> Value {
        try send(command, arguments)
        guard let value = try outcome(Value.self, of: "\(command) \(arguments)") else {
            throw process.failure("was to answer \(command) with a value")
        }
        return value
    }

    private func send(_ command: String, _ arguments: [String: Argument]) throws {
        let line = try JSONEncoder().encode(arguments.merging(["do": .text(command)]) { $1 })
        try process.send(Array(line) + [UInt8(ascii: "\n")])
    }

    private func outcome<Value: Decodable>(_: Value.Type, of command: String) throws -> Value? {
        let deadline = ContinuousClock.now + .seconds(60)
        while true {
            let exit = process.exit
            // Each outcome is a line; what comes behind the last line break is not complete yet.
            let lines = process.log.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
                .filter { $0.hasPrefix("{") }
            if lines.count > outcomes {
                let outcome = try JSONDecoder().decode(Outcome<Value>.self, from: Data(lines[outcomes].utf8))
                outcomes += 1
                if let error = outcome.error { throw Failure(description: "\(command): \(error)") }
                return outcome.value
            }
            guard exit == nil, ContinuousClock.now < deadline else {
                throw process.failure("did not answer \(command)")
            }
            ServerProcess.pause()
        }
    }
}
