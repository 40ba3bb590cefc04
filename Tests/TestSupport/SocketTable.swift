internal import Foundation

/// Who listens where, read from `/proc`: asking does not disturb the server, as a connection would.
enum SocketTable {
    /// The inodes of the TCP sockets that listen on a port, on any address of this network namespace.
    static func listeners(on port: UInt16) -> Set<UInt64> {
        // proc(5): state 0A is TCP_LISTEN, 07 an unconnected UDP socket.
        inodes(in: ["tcp", "tcp6"], port: port, state: "0A")
    }

    /// The inodes of the UDP sockets bound to a port.
    static func datagramSockets(on port: UInt16) -> Set<UInt64> {
        inodes(in: ["udp", "udp6"], port: port, state: "07")
    }

    /// The inodes of all sockets that a process has open; nil when this may not be known (another user's process).
    static func sockets(ofProcess id: Int32) -> Set<UInt64>? {
        let directory = "/proc/\(id)/fd"
        guard let descriptors = try? FileManager.default.contentsOfDirectory(atPath: directory) else { return nil }
        var found: Set<UInt64> = []
        for descriptor in descriptors {
            // A descriptor may be closed between the listing and this look: then it is no socket of interest.
            guard let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "\(directory)/\(descriptor)"),
                target.hasPrefix("socket:["), let inode = UInt64(target.dropFirst(8).dropLast())
            else { continue }
            found.insert(inode)
        }
        return found
    }

    private static func inodes(in tables: [String], port: UInt16, state: String) -> Set<UInt64> {
        var found: Set<UInt64> = []
        for table in tables {
            guard let text = FileManager.default.contents(atPath: "/proc/self/net/\(table)") else { continue }
            for line in String(decoding: text, as: UTF8.self).split(separator: "\n").dropFirst() {
                let columns = line.split(separator: " ")
                guard columns.count > 9, columns[3] == state, let inode = UInt64(columns[9]),
                    let local = columns[1].split(separator: ":").last, UInt16(local, radix: 16) == port
                else { continue }
                found.insert(inode)
            }
        }
        return found
    }
}
