internal import Glibc
internal import NIOCore

/// Why a TCP connect failed.
enum TCPFailure {
    /// The failure for an error of the operating system.
    static func failure(of error: any Error, endpoint: Endpoint) -> BridgeFailure {
        let code = (error as? IOError)?.errnoCode ?? 0
        let reason: FailureReason
        let detail: String
        switch code {
        case ECONNREFUSED:
            reason = .connectionRefused
            detail = "\(endpoint) refused the connection: nothing listens there, or a firewall says so."
        case ECONNRESET, EPIPE, ENOTCONN:
            // The connection was there, and was gone before we could look at it: that is how it ends in TLS, too.
            return BridgeFailure(
                .tlsHandshake, .tlsFailed, "\(endpoint) took the connection and ended it before TLS began.")
        case ETIMEDOUT:
            reason = .connectionTimedOut
            detail = "\(endpoint) did not answer."
        default:
            reason = .networkUnreachable
            detail = "\(endpoint) can't be reached: \(words(for: code))."
        }
        return BridgeFailure(.tcpConnect, reason, detail)
    }

    /// An error of a socket in words; NIO's own description names the function that failed.
    static func words(for error: any Error) -> String {
        (error as? IOError).map { words(for: $0.errnoCode) } ?? "\(error)"
    }

    private static func words(for code: CInt) -> String {
        guard code != 0 else { return "the connection failed" }
        var buffer = [CChar](repeating: 0, count: 128)
        guard strerror_r(code, &buffer, buffer.count) == 0 else { return "error \(code)" }
        let text = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return text.isEmpty ? "error \(code)" : text
    }
}
