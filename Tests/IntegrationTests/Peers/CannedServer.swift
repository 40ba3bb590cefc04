import Foundation
import Glibc

/// A TCP server on 127.0.0.1 for one connection: after each request it sends the next answer, and then it closes.
final class CannedServer: Sendable {
    /// The port that the system chose.
    let port: UInt16
    private let received = Collected<String>()

    /// The requests so far, each as it came.
    var requests: [String] { received.all }

    /// Listens, and serves on a thread of its own that ends with the connection.
    init(_ answers: [String]) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 1) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard bound else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        port = UInt16(bigEndian: address.sin_port)
        let received = received
        Thread.detachNewThread { Self.serve(listener, answers, received) }
    }

    private static func serve(_ listener: Int32, _ answers: [String], _ received: Collected<String>) {
        defer { close(listener) }
        // A test that never connects must not leave the thread behind for ever.
        var waiting = pollfd(fd: listener, events: Int16(POLLIN), revents: 0)
        guard poll(&waiting, 1, 30_000) == 1 else { return }
        let connection = accept(listener, nil, nil)
        guard connection >= 0 else { return }
        defer { close(connection) }
        for answer in answers {
            guard let request = readRequest(connection) else { return }
            received.append([request])
            let bytes = Array(answer.utf8)
            send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        }
    }

    /// Reads a head and as many bytes as its Content-Length says.
    private static func readRequest(_ connection: Int32) -> String? {
        var text = ""
        var bytes = [UInt8](repeating: 0, count: 4_096)
        while true {
            if let end = text.range(of: "\r\n\r\n") {
                let lengths = text.split(separator: "\r\n").compactMap { line in
                    line.hasPrefix("Content-Length: ") ? Int(line.dropFirst(16)) : nil
                }
                if text[end.upperBound...].utf8.count >= lengths.first ?? 0 { return text }
            }
            let count = recv(connection, &bytes, bytes.count, 0)
            guard count > 0 else { return nil }
            text += String(decoding: bytes[..<count], as: UTF8.self)
        }
    }
}
