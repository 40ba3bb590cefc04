internal import Glibc

/// A value that must not be seen: a password or a shared secret.
///
/// It prints as `<redacted>` wherever a string is made of it, `dump` and `Mirror` included, compares in constant time,
/// and its memory is zeroed when the last copy goes. The strings it was made from are the caller's.
public struct Secret: Sendable, Hashable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let storage: Storage

    /// Takes a copy of the bytes.
    public init(_ bytes: some Collection<UInt8>) {
        storage = Storage(bytes)
    }

    /// Takes the UTF-8 bytes of a string.
    public init(_ string: String) {
        self.init(string.utf8)
    }

    /// The number of bytes.
    public var count: Int { storage.bytes.count }

    /// Lends the bytes; they are not to be kept beyond the call.
    public func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try body(UnsafeRawBufferPointer(storage.bytes))
    }

    /// Whether both hold the same bytes, in a time that depends on their lengths only.
    public static func == (left: Secret, right: Secret) -> Bool {
        guard left.count == right.count else { return false }
        var difference: UInt8 = 0
        for index in 0..<left.count {
            difference |= left.storage.bytes[index] ^ right.storage.bytes[index]
        }
        return difference == 0
    }

    /// Hashes the length alone, so that no hash of the bytes comes to be.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(count)
    }

    /// `<redacted>`.
    public var description: String { "<redacted>" }
    /// `<redacted>`.
    public var debugDescription: String { "<redacted>" }
    /// Without children.
    public var customMirror: Mirror { Mirror(self, children: []) }

    /// Owns the bytes and zeroes them at the end.
    ///
    /// Unchecked, because a pointer is never Sendable by itself: it is written in `init` alone, only read afterwards,
    /// and freed in `deinit`, when nobody else can hold it.
    private final class Storage: @unchecked Sendable {
        let bytes: UnsafeMutableBufferPointer<UInt8>

        init(_ source: some Collection<UInt8>) {
            bytes = .allocate(capacity: source.count)
            _ = bytes.initialize(from: source)
        }

        deinit {
            if let address = bytes.baseAddress { explicit_bzero(address, bytes.count) }
            bytes.deallocate()
        }
    }
}
