import Foundation
import TestSupport

/// A program of another package that the integration tests need.
enum Program: String, CaseIterable {
    case curl, dnsmasq, erl, haproxy, ip, luacheck, openssl, prometheus, promtool, prosody, prosodyctl, strace, stunnel4

    /// The Debian package that has it.
    var package: String {
        switch self {
        case .curl: "curl"
        case .dnsmasq: "dnsmasq-base"
        case .erl: "ejabberd"  // which brings the Erlang machine it runs on
        case .haproxy: "haproxy"
        case .ip: "iproute2"
        case .luacheck: "lua-check"
        case .openssl: "openssl"
        case .prometheus, .promtool: "prometheus"
        case .prosody, .prosodyctl: "prosody"
        case .strace: "strace"
        case .stunnel4: "stunnel4"
        }
    }

    /// Where it is.
    ///
    /// - Throws: `Missing`: a test that cannot run is a failure, never skipped.
    func path() throws -> String {
        // Servers live in sbin directories, which are not in everybody's PATH.
        let search = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        for directory in search + ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin"] {
            let path = "\(directory)/\(rawValue)"
            if FileManager.default.isExecutableFile(atPath: path) { return path }
        }
        throw Missing(what: rawValue, package: package)
    }

    /// Something that is not installed.
    struct Missing: Error, CustomStringConvertible {
        /// Program or file.
        let what: String
        /// The Debian package that has it.
        let package: String

        var description: String {
            "\(what) is not installed: the integration tests need the Debian package \(package); "
                + "`scripts/packages test` installs all they need"
        }
    }

    /// Runs it to its end and tells what it printed.
    ///
    /// - Throws: `Missing`, or `ServerProcess.Failure` when it does not end with status 0 within 30 s.
    @discardableResult
    func run(_ arguments: [String], in scratch: ScratchDirectory) throws -> String {
        let process = try ServerProcess(
            "\(rawValue)-\(UUID().uuidString)", .init(try path(), arguments), in: scratch)
        guard try process.waitForExit(within: .seconds(30)) == .code(0) else {
            throw process.failure("\(arguments.joined(separator: " ")) failed")
        }
        return process.log
    }
}
