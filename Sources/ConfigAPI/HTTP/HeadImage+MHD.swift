internal import BridgeEngine
internal import CMicroHTTPD
internal import Glibc

extension HeadImage {
    /// Whether the request that libmicrohttpd has just parsed has this head: the parts lie in the same places, and all
    /// bytes are the same.
    ///
    /// To be called where ``RequestHead`` is read. The places are compared first: they are those of a head that was read
    /// whole, so what lies between them was received and may be looked at.
    func isSame(
        _ connection: OpaquePointer, method: UnsafePointer<CChar>, url: UnsafePointer<CChar>,
        version: UnsafePointer<CChar>
    ) -> Bool {
        guard url == method + target, version == method + self.version, cb_mhd_head_size(connection) == size else {
            return false
        }
        let areSame = parts.withUnsafeBufferPointer { parts in
            var walk = Comparison(start: method, parts: parts)
            withUnsafeMutablePointer(to: &walk) { walk in
                _ = MHD_get_connection_values_n(
                    connection, cb_mhd_header_kind(),
                    { context, _, name, nameSize, value, valueSize in
                        guard let walk = context?.assumingMemoryBound(to: Comparison.self) else { return .NO }
                        return walk.pointee.take(name, nameSize, value, valueSize) ? .YES : .NO
                    }, walk)
            }
            return walk.isSame && walk.count == parts.count
        }
        return areSame
            && bytes.withUnsafeBytes { bytes in
                bytes.baseAddress.map { bytes.count == size && memcmp($0, method, size) == 0 } ?? false
            }
    }

    /// The state of the walk along the fields.
    private struct Comparison {
        let start: UnsafePointer<CChar>
        let parts: UnsafeBufferPointer<Part>
        var count = 0
        var isSame = true

        /// - Returns: Whether it is of use to go on.
        mutating func take(
            _ name: UnsafePointer<CChar>?, _ nameSize: Int, _ value: UnsafePointer<CChar>?, _ valueSize: Int
        ) -> Bool {
            guard let name, let value, count < parts.count else {
                isSame = false
                return false
            }
            let part = Part(name: name - start, nameSize: nameSize, value: value - start, valueSize: valueSize)
            isSame = part == parts[count]
            count += 1
            return isSame
        }
    }
}
