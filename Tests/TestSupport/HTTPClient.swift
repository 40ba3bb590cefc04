internal import Foundation
internal import Glibc

/// A small HTTP/1.1 client over one plain, kept-alive TCP connection.
///
/// Blocking, and not thread-safe: one object a thread. It adds no field lines but `Host`, `Content-Length` and those of
/// `defaultHeaders`, repeats nothing and follows nothing, so a test sees what the server does.
public final class HTTPClient {
    /// Why no answer came.
    public enum Failure: Error, CustomStringConvertible {
        /// The connection was not made.
        case cannotConnect(String)
        /// Nothing came, or nothing could be written, for the client's time-out.
        case timedOut(String)
        /// The server ended the connection before the answer was complete; what had come by then.
        case closed(received: [UInt8])
        /// The answer is not HTTP/1.x.
        case malformed(String)

        /// One sentence.
        public var description: String {
            switch self {
            case .cannotConnect(let detail): "cannot connect: \(detail)"
            case .timedOut(let detail): "timed out: \(detail)"
            case .closed(let received):
                "the server closed the connection after \"\(String(decoding: received, as: UTF8.self))\""
            case .malformed(let detail): "not an HTTP answer: \(detail)"
            }
        }
    }

    /// An IPv4 or IPv6 literal.
    public let host: String
    /// The TCP port.
    public let port: UInt16
    /// Sent with every request that does not name the same field itself. Empty at first.
    public var defaultHeaders: [(name: String, value: String)] = []
    private let timeout: Duration
    private var descriptor: Int32 = -1
    private var buffer: [UInt8] = []

    /// A client that connects at its first request.
    ///
    /// - Parameters:
    ///   - timeout: how long one connect, read or write may take; 10 s.
    public init(host: String = "127.0.0.1", port: UInt16, timeout: Duration = .seconds(10)) {
        self.host = host
        self.port = port
        self.timeout = timeout
    }

    deinit { close() }

    /// The field line of HTTP Basic (RFC 7617).
    public static func basicCredentials(user: String, password: String) -> (name: String, value: String) {
        ("Authorization", "Basic \(Data("\(user):\(password)".utf8).base64EncodedString())")
    }

    // MARK: Requests

    /// Sends a request and reads its answer.
    ///
    /// - Parameters:
    ///   - path: the request target, sent as it stands.
    ///   - headers: field lines, sent as they stand, before the default ones.
    ///   - body: nil sends none, and no `Content-Length`.
    /// - Throws: `Failure`.
    @discardableResult
    public func request(
        _ method: String, _ path: String, headers: [(name: String, value: String)] = [], body: [UInt8]? = nil
    ) throws -> HTTPReply {
        // The server may have ended an idle connection; then nothing of this request has been sent yet.
        if descriptor >= 0, buffer.isEmpty, hasEnded() { close() }
        var lines = headers
        func add(_ name: String, _ value: String) {
            if !lines.contains(where: { $0.name.lowercased() == name.lowercased() }) { lines.append((name, value)) }
        }
        add("Host", host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)")
        if let body { add("Content-Length", String(body.count)) }
        for line in defaultHeaders { add(line.name, line.value) }
        let head = "\(method) \(path) HTTP/1.1\r\n" + lines.map { "\($0.name): \($0.value)\r\n" }.joined() + "\r\n"
        try raw(Array(head.utf8) + (body ?? []))
        return try reply(toMethod: method)
    }

    /// Sends bytes as they are; connects first where there is no connection.
    public func raw(_ bytes: [UInt8]) throws {
        if descriptor < 0 { try connect() }
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { bytes in
                send(descriptor, bytes.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                sent += count
            } else if errno == EAGAIN {
                throw Failure.timedOut("\(sent) of \(bytes.count) bytes sent")
            } else if errno != EINTR {
                // The server closed early; its answer, if any, is still there to be read.
                return
            }
        }
    }

    /// Reads the next answer on the connection. Interim answers (1xx) are left out.
    ///
    /// - Parameter method: that of the request; an answer to HEAD has no body.
    public func reply(toMethod method: String = "GET") throws -> HTTPReply {
        while true {
            var reply = try readHead()
            if (100..<200).contains(reply.status), reply.status != 101 { continue }
            let coding = reply.headers["Transfer-Encoding"]?.lowercased()
            if method == "HEAD" || reply.status == 204 || reply.status == 304 || reply.status == 101 {
                // RFC 9112 §6.3: no body, whatever the fields say.
            } else if coding == "chunked" {
                reply.body = try readChunks()
            } else if let length = reply.headers["Content-Length"] {
                guard let count = Int(length), count >= 0 else { throw Failure.malformed("Content-Length: \(length)") }
                reply.body = try take(count)
            } else {
                reply.body = try readToEnd()
            }
            if reply.headers["Connection"]?.lowercased() == "close" { close() }
            return reply
        }
    }

    /// Reads what has come, for protocols other than HTTP; waits for at least one byte.
    ///
    /// - Returns: empty at the end of the connection.
    public func readSome() throws -> [UInt8] {
        if buffer.isEmpty { _ = try fill() }
        defer { buffer = [] }
        return buffer
    }

    /// Reads until the server ends the connection, and closes it.
    ///
    /// - Returns: everything not read so far.
    public func readToEnd() throws -> [UInt8] {
        while try fill() {}
        defer { close() }
        return buffer
    }

    /// Closes the connection, if there is one. The next request opens another.
    public func close() {
        if descriptor >= 0 { _ = Glibc.close(descriptor) }
        descriptor = -1
        buffer = []
    }

    // MARK: Reading

    private func readHead() throws -> HTTPReply {
        let text = String(decoding: try takeUntil([13, 10, 13, 10]), as: UTF8.self)
        var lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)[...]
        guard let status = lines.popFirst()?.split(separator: " ", maxSplits: 2), status.count >= 2,
            status[0].hasPrefix("HTTP/1."), let code = Int(status[1])
        else { throw Failure.malformed(text) }
        let fields = try lines.map { line in
            guard let colon = line.firstIndex(of: ":") else { throw Failure.malformed("field line \"\(line)\"") }
            let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
            return HTTPReply.Headers.Field(name: String(line[..<colon]), value: value)
        }
        return HTTPReply(status: code, headers: .init(fields: fields), body: [])
    }

    private func readChunks() throws -> [UInt8] {
        var body: [UInt8] = []
        while true {
            let line = String(decoding: try takeUntil([13, 10]), as: UTF8.self)
            guard let size = Int(line.prefix { $0 != ";" }, radix: 16), size >= 0 else {
                throw Failure.malformed("chunk size \"\(line)\"")
            }
            if size == 0 {
                while try !takeUntil([13, 10]).isEmpty {}  // trailers
                return body
            }
            body += try take(size)
            guard try take(2) == [13, 10] else { throw Failure.malformed("no line end after a chunk") }
        }
    }

    private func take(_ count: Int) throws -> [UInt8] {
        while buffer.count < count {
            guard try fill() else { throw Failure.closed(received: buffer) }
        }
        defer { buffer.removeFirst(count) }
        return Array(buffer.prefix(count))
    }

    /// Takes everything before a separator, and drops the separator.
    private func takeUntil(_ separator: [UInt8]) throws -> [UInt8] {
        while true {
            if let range = buffer.firstRange(of: separator) {
                let found = Array(buffer[..<range.lowerBound])
                buffer.removeFirst(range.upperBound)
                return found
            }
            guard try fill() else { throw Failure.closed(received: buffer) }
        }
    }

    /// Reads what there is, waiting for at least one byte; false at the end of the connection.
    private func fill() throws -> Bool {
        guard descriptor >= 0 else { return false }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(descriptor, &bytes, bytes.count, 0)
            if count > 0 { buffer += bytes[..<count] }
            if count >= 0 { return count > 0 }
            if errno == EAGAIN { throw Failure.timedOut("no answer; so far \(buffer.count) bytes") }
            if errno != EINTR { return false }  // reset by the server
        }
    }

    /// Whether the server has ended the connection and nothing is left to be read.
    public func hasEnded() -> Bool {
        var byte: UInt8 = 0
        let count = recv(descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT))
        return count == 0 || (count < 0 && errno != EAGAIN)
    }

    private func connect() throws {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &list)
        guard code == 0, let address = list?.pointee else {
            throw Failure.cannotConnect("\(host): \(String(cString: gai_strerror(code)))")
        }
        defer { freeaddrinfo(list) }
        let new = socket(address.ai_family, address.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard new >= 0 else { throw Failure.cannotConnect(String(cString: strerror(errno))) }
        let (seconds, attoseconds) = timeout.components
        var limit = timeval(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
        // SO_SNDTIMEO bounds connect(2) too (socket(7)).
        setsockopt(new, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(new, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var on: Int32 = 1
        setsockopt(new, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
        guard Glibc.connect(new, address.ai_addr, address.ai_addrlen) == 0 else {
            let detail = "\(host):\(port): \(String(cString: strerror(errno)))"
            _ = Glibc.close(new)
            throw Failure.cannotConnect(detail)
        }
        descriptor = new
        buffer = []
    }
}
