/// An answer as `HTTPClient` read it.
public struct HTTPReply: Sendable, Equatable {
    /// The fields of an answer, in the order in which they came. Names are looked up without regard to case.
    public struct Headers: Sendable, Equatable {
        /// One field line.
        public struct Field: Sendable, Equatable {
            /// As sent.
            public var name: String
            /// Without the white space around it.
            public var value: String
        }

        /// All lines.
        public var fields: [Field]

        /// The value of the first line with this name; nil when there is none.
        public subscript(name: String) -> String? { all(name).first }

        /// The values of all lines with this name.
        public func all(_ name: String) -> [String] {
            fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
        }
    }

    /// The status code.
    public var status: Int
    /// The field lines; trailers are not kept.
    public var headers: Headers
    /// The bytes after the head, with a chunked coding taken off.
    public var body: [UInt8]

    /// The body as UTF-8, repaired where it is not.
    public var text: String { String(decoding: body, as: UTF8.self) }
}
