internal import BridgeEngine
internal import CMicroHTTPD
internal import Glibc

extension RequestHead {
    /// Reads the head of the request that libmicrohttpd has just parsed.
    ///
    /// Called in the first run of the access handler only: later the memory is used for the body.
    ///
    /// libmicrohttpd 0.9.75 parses in place. It overwrites the separators (space, colon, CR, LF) with NUL and
    /// hands out pointers into the bytes received. That makes the parse verifiable: the parts must lie one behind the
    /// other without gap or overlap from the method to the empty line. A folded line is copied elsewhere, a NUL hides
    /// the rest of its line, a bare LF leaves one byte less: all break the chain. (Only a NUL right before a bare LF
    /// looks like CR and LF afterwards; line and value are the same then.) With a library that parses differently no request
    /// would pass, rather than a wrong one.
    init(
        _ connection: OpaquePointer, method: UnsafePointer<CChar>, rawTarget: [UInt8],
        url: UnsafePointer<CChar>, version: UnsafePointer<CChar>
    ) {
        self.method = Self.bytes(method)
        self.target = rawTarget
        self.version = Self.bytes(version)
        var walk = Walk(start: method, next: version + self.version.count)
        walk.isExact = url == method + self.method.count + 1 && version == url + rawTarget.count + 1
        walk.takeLineEnd()
        withUnsafeMutablePointer(to: &walk) { walk in
            _ = MHD_get_connection_values_n(
                connection, cb_mhd_header_kind(),
                { context, _, name, nameSize, value, valueSize in
                    if let walk = context?.assumingMemoryBound(to: Walk.self) {
                        walk.pointee.take(name, nameSize, value, valueSize)
                    }
                    return .YES
                }, walk)
        }
        walk.takeLineEnd()
        self.fields = walk.fields
        let size = cb_mhd_head_size(connection)
        self.isExact = walk.isExact && walk.next - method == size
        guard isExact, self.method.elementsEqual("GET".utf8) || self.method.elementsEqual("HEAD".utf8) else { return }
        self.image = HeadImage(
            bytes: Secret(UnsafeRawBufferPointer(start: method, count: size)), size: size, target: url - method,
            version: version - method, parts: walk.parts)
    }

    /// The state of the walk along the head.
    private struct Walk {
        let start: UnsafePointer<CChar>
        /// Where the next part must begin.
        var next: UnsafePointer<CChar>
        var isExact = true
        var fields: [Field] = []
        var parts: [HeadImage.Part] = []

        /// CR and LF, both overwritten.
        mutating func takeLineEnd() {
            guard isExact else { return }
            isExact = next[0] == 0 && next[1] == 0
            next += 2
        }

        /// One field line: name, colon (overwritten), white space, value, line end.
        mutating func take(
            _ name: UnsafePointer<CChar>?, _ nameSize: Int, _ value: UnsafePointer<CChar>?, _ valueSize: Int
        ) {
            guard let name, let value else {
                isExact = false
                return
            }
            fields.append(
                Field(
                    name: Array(UnsafeRawBufferPointer(start: name, count: nameSize)),
                    value: Array(UnsafeRawBufferPointer(start: value, count: valueSize))))
            parts.append(
                HeadImage.Part(name: name - start, nameSize: nameSize, value: value - start, valueSize: valueSize))
            guard isExact, name == next, name[nameSize] == 0 else {
                isExact = false
                return
            }
            next = name + nameSize + 1
            while next[0] == 0x20 || next[0] == 0x09 { next += 1 }
            guard value == next else {
                isExact = false
                return
            }
            next = value + valueSize
            takeLineEnd()
        }
    }

    private static func bytes(_ text: UnsafePointer<CChar>) -> [UInt8] {
        Array(UnsafeRawBufferPointer(start: text, count: strlen(text)))
    }
}
