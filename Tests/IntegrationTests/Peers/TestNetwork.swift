import Glibc
import TestSupport

/// The network namespace that the tests run in: it has a loopback interface and nothing else, so an address of our
/// own can be given to it, and an address that nobody has can't be reached.
enum TestNetwork {
    /// An address that is not a loopback address, from the block for documentation (RFC 5737).
    static let address = "192.0.2.10"
    /// Addresses without a route, from blocks that never have one: RFC 5737, RFC 6666.
    static let unreachable = (v4: "198.51.100.1", v6: "100::1")

    /// The tests don't run in a namespace of their own.
    struct Shared: Error, CustomStringConvertible {
        /// The interface by which other machines can be reached.
        let interface: String

        var description: String {
            "this test changes addresses or needs unreachable ones, and there is a network interface, \(interface), that "
                + "others use too: run the tests with scripts/test, which makes a namespace for them"
        }
    }

    /// Gives this machine ``address``; it keeps it until the namespace ends.
    ///
    /// - Throws: `Shared`, `Program.Missing`, or `ServerProcess.Failure` with the words of `ip`.
    static func addAddress() throws {
        try requireOwn()
        // "replace" succeeds a second time too.
        try Program.ip.run(["address", "replace", "\(address)/32", "dev", "lo"], in: ScratchDirectory("ip"))
    }

    /// Gives this machine another address, or takes it away again, with every way to it and from it.
    ///
    /// - Throws: as `addAddress`.
    static func setAddress(_ address: String, isThere: Bool) throws {
        try requireOwn()
        try Program.ip.run(
            ["address", isThere ? "replace" : "delete", "\(address)/32", "dev", "lo"], in: ScratchDirectory("ip"))
    }

    /// Makes sure that nothing but this machine can be reached.
    ///
    /// - Throws: `Shared`.
    static func requireOwn() throws {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { throw Shared(interface: "unknown") }
        defer { freeifaddrs(list) }
        var next = list
        while let entry = next?.pointee {
            let isUp = entry.ifa_flags & UInt32(IFF_UP) != 0
            let isLoopback = entry.ifa_flags & UInt32(IFF_LOOPBACK) != 0
            if isUp, !isLoopback { throw Shared(interface: String(cString: entry.ifa_name)) }
            next = entry.ifa_next
        }
    }
}
