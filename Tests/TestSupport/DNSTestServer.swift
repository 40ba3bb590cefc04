public import BridgeEngine
internal import Glibc
internal import NIOConcurrencyHelpers

/// A scripted DNS server on 127.0.0.1, UDP and TCP on one port that the system picks, one thread.
///
/// ```swift
/// let dns = try DNSTestServer()
/// defer { dns.stop() }
/// dns.answer("_xmpp-component._tcp.example.test", .srv, .records([.init(.srv(0, 0, 5223, "cb.example.test"))]))
/// let resolver = try AresResolver(servers: [dns.address])
/// ```
///
/// A name that has no answer for the type gets NXDOMAIN, or NOERROR without records if it has one for another type.
public final class DNSTestServer: Sendable {
    /// The test cannot have a server: the system gives no socket or thread.
    public struct StartError: Error, Sendable, CustomStringConvertible {
        /// What was not possible.
        public let description: String
    }

    private struct Key: Hashable {
        let name: String
        let type: UInt16
    }

    /// A client to answer to.
    enum Client {
        case udp(sockaddr_in)
        case tcp(Int32)

        /// Tells one client from another while both are there.
        var description: String {
            switch self {
            case .udp(let address): "udp \(UInt16(bigEndian: address.sin_port))"
            case .tcp(let stream): "tcp \(stream)"
            }
        }
    }

    /// What tells a question from the same one sent again.
    private struct Occurrence: Hashable {
        let identifier: [UInt8]
        let client: String
        let question: [UInt8]
    }

    private struct Held {
        let message: DNSTestMessage
        let client: Client
        let answer: DNSTestAnswer
    }

    private struct State {
        var script: [Key: DNSTestAnswer] = [:]
        var queries: [DNSTestQuery] = []
        var seen: Set<Occurrence> = []
        var repeats = 0
        var held: [Held] = []
        var released: [Held] = []
        var waiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
        var isStopping = false
        var thread: pthread_t?
    }

    /// The server's address, for a resolver.
    public let address: DNSServerAddress

    private let sockets: DNSTestSockets
    private let state = NIOLockedValueBox(State())

    /// Starts the server's thread.
    public init() throws {
        sockets = try DNSTestSockets()
        guard let loopback = IPAddress("127.0.0.1") else { throw StartError(description: "127.0.0.1 is no address") }
        address = DNSServerAddress(address: loopback, port: sockets.port)
        let reference = Unmanaged.passRetained(self)
        let code: Int32 = state.withLockedValue { state in
            var thread = pthread_t()
            let code = pthread_create(&thread, nil, Self.main, reference.toOpaque())
            state.thread = code == 0 ? thread : nil
            return code
        }
        guard code == 0 else {
            reference.release()
            throw StartError(description: "no thread: errno \(code)")
        }
    }

    /// Sets the answer to a question, from now on.
    public func answer(_ name: String, _ type: DNSTestRecordType, _ answer: DNSTestAnswer) {
        let key = Key(name: name.lowercased(), type: type.rawValue)
        state.withLockedValue { $0.script[key] = answer }
    }

    /// Answers all held questions for the name (nil: for every name), in the order in which they came. Questions that
    /// come later are held again.
    public func release(_ name: String? = nil) {
        state.withLockedValue { state in
            let matches = { (held: Held) in name == nil || held.message.name == name?.lowercased() }
            state.released += state.held.filter(matches)
            state.held.removeAll(where: matches)
            // Under the lock: stop() closes the descriptor after it has said so here.
            if !state.isStopping { sockets.wake() }
        }
    }

    /// The questions that have come, in order. One that a client sends again because the answer is late (the test may
    /// be, on a busy machine) is not listed again.
    public var queries: [DNSTestQuery] { state.withLockedValue { $0.queries } }

    /// How many questions have been sent again.
    public var repeats: Int { state.withLockedValue { $0.repeats } }

    /// Returns once ``queries`` has at least `count` entries.
    public func waitForQueries(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLockedValue { state in
                if state.queries.count >= count { return true }
                state.waiters.append((count, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    /// Ends the thread, waits for its end and closes the sockets. The second call does nothing.
    public func stop() {
        let thread: pthread_t? = state.withLockedValue { state in
            state.isStopping = true
            defer { state.thread = nil }
            return state.thread
        }
        guard let thread else { return }
        sockets.wake()
        pthread_join(thread, nil)
        let waiters = state.withLockedValue { state in
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.continuation.resume() }
        sockets.close()
    }

    private func run() {
        while true {
            let (isStopping, released) = state.withLockedValue { state in
                defer { state.released = [] }
                return (state.isStopping, state.released)
            }
            for held in released { reply(to: held.message, from: held.client, with: held.answer) }
            if isStopping { return }
            sockets.receive { bytes, client in
                guard let message = DNSTestMessage(query: bytes) else { return }
                reply(to: message, from: client, with: note(message, client))
            }
        }
    }

    /// Records the question and finds its answer.
    private func note(_ message: DNSTestMessage, _ client: Client) -> DNSTestAnswer {
        let overTCP = if case .tcp = client { true } else { false }
        let (answer, waiters) = state.withLockedValue { state in
            let occurrence = Occurrence(
                identifier: message.identifier, client: client.description, question: message.question)
            if state.seen.insert(occurrence).inserted {
                state.queries.append(DNSTestQuery(name: message.name, type: message.type, overTCP: overTCP))
            } else {
                state.repeats += 1
            }
            let count = state.queries.count
            let ready = state.waiters.filter { $0.count <= count }
            state.waiters.removeAll { $0.count <= count }
            let hasName = state.script.keys.contains { $0.name == message.name }
            let answer =
                state.script[Key(name: message.name, type: message.type)] ?? (hasName ? .noRecords : .nameNotFound)
            if case .held(let inner) = answer {
                state.held.append(Held(message: message, client: client, answer: inner))
            }
            return (answer, ready)
        }
        for waiter in waiters { waiter.continuation.resume() }
        return answer
    }

    private func reply(to message: DNSTestMessage, from client: Client, with answer: DNSTestAnswer) {
        let overUDP = if case .udp = client { true } else { false }
        switch answer {
        case .silence, .held:
            break
        case .nameNotFound:
            sockets.send(message.response(responseCode: 3), to: client)
        case .noRecords:
            sockets.send(message.response(), to: client)
        case .responseCode(let code):
            sockets.send(message.response(responseCode: code), to: client)
        case .malformed:
            let record = DNSTestRecord(.srv(0, 0, 1, "cut.example.test"))
            sockets.send(message.response(records: [record], cutBy: 20), to: client)
        case .section(let count, let bytes):
            sockets.send(message.response(section: bytes(message.answerPlace), count: count), to: client)
        case .onlyOverTCP(let records):
            sockets.send(
                overUDP ? message.response(truncated: true) : message.response(records: records), to: client)
        case .records(let records):
            let bytes = message.response(records: records)
            // RFC 1035 §4.2.1: 512 bytes over UDP without EDNS.
            sockets.send(overUDP && bytes.count > 512 ? message.response(truncated: true) : bytes, to: client)
        }
    }

    /// Runs on the new thread; owns one reference to the server until the thread ends.
    private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { pointer in
        if let pointer { Unmanaged<DNSTestServer>.fromOpaque(pointer).takeRetainedValue().run() }
        return nil
    }
}
