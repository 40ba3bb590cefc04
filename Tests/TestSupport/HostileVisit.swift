/// What a ``HostileServer`` has seen of one connection.
public struct HostileVisit: Sendable, CustomStringConvertible {
    /// What the client has sent, decrypted once TLS is up.
    public internal(set) var received: [UInt8] = []
    /// The bytes that were handed to the kernel for the client, before encryption.
    public internal(set) var sent = 0
    /// Whether TLS was up.
    public internal(set) var isSecured = false
    /// Whether the last action of the script has been done.
    public internal(set) var isScriptOver = false
    /// Whether the connection has ended.
    public internal(set) var hasEnded = false

    /// What the client has sent, as text.
    public var text: String { String(decoding: received, as: UTF8.self) }

    /// A line for a test's report.
    public var description: String {
        "sent \(sent), received \(received.count): \(String(decoding: received.suffix(300), as: UTF8.self))"
            + (isSecured ? "" : ", no TLS") + (isScriptOver ? "" : ", in the script") + (hasEnded ? ", ended" : "")
    }
}
