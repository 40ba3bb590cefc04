internal import Glibc

/// The resolver cannot start: the system denied it a thread or a descriptor.
public struct ResolverStartError: Error, Sendable, CustomStringConvertible {
    /// What could not be done, and the system's reason.
    public let description: String

    /// The failure of a system call.
    init(doing what: String, errno code: Int32) {
        description = "cannot \(what): \(String(cString: strerror(code)))"
    }
}
