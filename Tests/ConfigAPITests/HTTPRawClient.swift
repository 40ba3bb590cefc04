import Glibc
import Testing

/// A TCP client that sends exactly the bytes it is told to. Each read ends after 20 seconds at the latest.
final class HTTPRawClient {
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// One answer as it came.
    struct Answer: Equatable {
        var status: Int
        /// Names in lower case.
        var fields: [String: String]
        var body: String
    }

    private var descriptor: Int32
    private var received: [UInt8] = []

    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var wait = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, socklen_t(MemoryLayout<timeval>.size))
        let status = withUnsafeBytes(of: &address) {
            connect(
                descriptor, $0.assumingMemoryBound(to: sockaddr.self).baseAddress,
                socklen_t(MemoryLayout<sockaddr_in>.size))
        }
        guard status == 0 else { throw Failure(description: "connect: \(errno)") }
    }

    deinit { close() }

    func close() {
        if descriptor >= 0 { Glibc.close(descriptor) }
        descriptor = -1
    }

    /// Closes with a reset instead of an orderly end.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        close()
    }

    /// Closes the sending side only.
    func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    func send(_ text: String) throws { try send(Array(text.utf8)) }

    func send(_ bytes: [UInt8]) throws {
        guard trySend(bytes) else { throw Failure(description: "send: \(errno)") }
    }

    /// Sends all bytes; false if the other end has closed.
    func trySend(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            rest.removeFirst(count)
        }
        return true
    }

    /// Reads the next complete answer.
    func answer(toHead isHead: Bool = false) throws -> Answer {
        let head = try readLine(endingWith: "\r\n\r\n")
        var lines = head.split(separator: "\r\n").map(String.init)
        let parts = lines.removeFirst().split(separator: " ", maxSplits: 2)
        guard parts.count >= 2, parts[0] == "HTTP/1.1", let status = Int(parts[1]) else {
            throw Failure(description: "no status line: \(head)")
        }
        var fields: [String: String] = [:]
        for line in lines {
            guard let colon = line.firstIndex(of: ":") else { throw Failure(description: "no colon: \(line)") }
            let name = line[..<colon].lowercased()
            guard fields[name] == nil else { throw Failure(description: "twice: \(name)") }
            fields[name] = String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        var body = ""
        if fields["transfer-encoding"]?.lowercased() == "chunked" {
            while let chunk = try chunk() { body += chunk }
        } else if !isHead, status >= 200, status != 204, status != 304 {
            guard let length = fields["content-length"].flatMap({ Int($0) }) else {
                throw Failure(description: "no length: \(head)")
            }
            while received.count < length { try readMore() }
            body = String(decoding: received.prefix(length), as: UTF8.self)
            received.removeFirst(length)
        }
        return Answer(status: status, fields: fields, body: body)
    }

    /// Reads the head of an answer whose body stays open.
    func head() throws -> String { try readLine(endingWith: "\r\n\r\n") }

    /// Reads an answer and gives back every byte of it; one with a body has to have a `Content-Length`.
    func wholeAnswer(toHead isHead: Bool = false) throws -> String {
        let head = try head() + "\r\n\r\n"
        let hasBody = !isHead && !head.hasPrefix("HTTP/1.1 1") && !head.hasPrefix("HTTP/1.1 304")
        guard hasBody else { return head }
        let lengths = head.split(separator: "\r\n").filter { $0.lowercased().hasPrefix("content-length: ") }
        guard lengths.count == 1, let length = Int(lengths[0].dropFirst("content-length: ".count)) else {
            throw Failure(description: "not one length: \(head)")
        }
        while received.count < length { try readMore() }
        defer { received.removeFirst(length) }
        return head + String(decoding: received.prefix(length), as: UTF8.self)
    }

    /// Reads one chunk; nil is the last.
    func chunk() throws -> String? {
        guard let size = Int(try readLine(endingWith: "\r\n"), radix: 16) else {
            throw Failure(description: "no chunk size")
        }
        while received.count < size + 2 { try readMore() }
        let text = String(decoding: received.prefix(size), as: UTF8.self)
        received.removeFirst(size + 2)
        return size == 0 ? nil : text
    }

    /// Reads until the other end closes or resets.
    func rest() throws -> String {
        do { while true { try readMore() } } catch let failure as Failure where failure.description == "end" {}
        defer { received = [] }
        return String(decoding: received, as: UTF8.self)
    }

    private func readLine(endingWith end: String) throws -> String {
        let end = Array(end.utf8)
        var start = 0
        while true {
            while start + end.count <= received.count {
                if received[start..<start + end.count].elementsEqual(end) {
                    defer { received.removeFirst(start + end.count) }
                    return String(decoding: received[..<start], as: UTF8.self)
                }
                start += 1
            }
            try readMore()
        }
    }

    private func readMore() throws {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count == 0 || count < 0 && errno == ECONNRESET { throw Failure(description: "end") }
        guard count > 0 else { throw Failure(description: "recv: \(errno)") }
        received += buffer[..<count]
    }
}
