extension HTTPServer {
    /// What one client, and all clients together, may take up.
    public struct Limits: Sendable, Equatable {
        /// Largest accepted request body in bytes after removal of the chunked coding. Default 65,536; more is 413.
        public var bodyBytes = 64 * 1024

        /// How many bytes of a body that is too large are still read, and thrown away, so that a client that sends
        /// everything before it reads gets to see the 413. Default 1 MiB. With a larger `Content-Length` the 413 is
        /// sent at once and the connection closed; a chunked body that goes on beyond this is cut off.
        public var discardedBodyBytes = 1024 * 1024

        /// Connections that are served, all listeners together. Default 4,000, which wait for an answer in some 20 MB,
        /// over TLS in 160 MB. The requests of further ones are answered with 503.
        public var connections = 4000

        /// How many connections above the limits are accepted in order to tell them 503; even further ones are closed at
        /// once. Default 100.
        public var refusedConnections = 100

        /// Connections that are served from one IPv4 address, or from one IPv6 /64 network, which is what a single host
        /// has at its disposal. Default 1,000; the requests of further ones are answered with 503. 0 means no limit.
        public var connectionsPerAddress = 1000

        /// How many of `refusedConnections` one such address may have; even further ones are closed at once. Default 20.
        public var refusedConnectionsPerAddress = 20

        /// After how many seconds without a byte from or to the client a connection is closed. Default 30, at
        /// least 1. Does not run while an answer is being made.
        public var idleTimeout = 30

        /// How long a client may take for one request, from its first line (for the first request: from the start of
        /// the connection, so TLS is included) to the last byte of the body. Default 30 s. Idle time-outs alone do not
        /// stop a client that sends a byte a second.
        public var requestDeadline: Duration = .seconds(30)

        /// How long a client may take to receive one answer, streams excepted. Default 60 s.
        public var responseDeadline: Duration = .seconds(60)

        /// Memory for the head and the buffers of one connection, in bytes. Default 32,768, which is the largest size
        /// that does not cost a system call for each request. A head that does not fit is answered with 431 (the
        /// target alone: 414).
        public var connectionMemory = 32 * 1024

        /// Bytes of a streamed answer that wait for the client to take them. Default 1 MiB; a stream whose client
        /// reads too slowly is ended.
        public var streamBufferBytes = 1024 * 1024

        /// The defaults.
        public init() {}

        /// Files that a server with these limits may have open, with room for the rest of the process.
        public var fileDescriptors: Int { connections + otherFileDescriptors }

        /// Those that are no connections which are served.
        private var otherFileDescriptors: Int { refusedConnections + 256 }

        /// Serves no more connections than a process can that may have so many files open.
        /// - Returns: False if there is room for none at all.
        public mutating func fit(fileDescriptors: Int) -> Bool {
            connections = min(connections, fileDescriptors - otherFileDescriptors)
            return connections > 0
        }
    }
}
