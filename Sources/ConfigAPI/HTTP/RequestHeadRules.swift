internal import HTTPTypes

/// What the server demands of a request's head before anything looks at it.
///
/// libmicrohttpd 0.9.75 takes heads that a proxy in front may read differently, which is how requests are smuggled
/// (RFC 9112 §11.2). So everything ambiguous is refused, and the connection closed.
enum RequestHeadRules {
    /// Why a head is refused.
    enum Violation: String, Error, Equatable {
        case notExact, badMethod, badTarget, unknownVersion, badName, badValue
        case missingHost, badHost, repeatedField, badTransferEncoding, lengthAndTransferEncoding, badContentLength
    }

    /// A head without a violation.
    struct Accepted {
        var method: HTTPRequest.Method
        var target: String
        var fields: HTTPFields
        /// nil without a Content-Length.
        var contentLength: UInt64?
        var expectsContinue: Bool

        /// Whether there may be more of the request than its head.
        var mayHaveBody: Bool { contentLength != nil || expectsContinue || fields.contains(.transferEncoding) }
    }

    /// HTTPTypes keeps the host apart from the fields, where a server has it as one of them.
    private static let hostName = HTTPField.Name("host")

    /// Checks a head, or tells the first violation found.
    static func check(_ head: RequestHead) throws(Violation) -> Accepted {
        guard head.isExact else { throw .notExact }
        guard let method = HTTPRequest.Method(String(decoding: head.method, as: UTF8.self)) else { throw .badMethod }
        let isVersion11 = head.version.elementsEqual("HTTP/1.1".utf8)
        guard isVersion11 || head.version.elementsEqual("HTTP/1.0".utf8) else { throw .unknownVersion }
        try check(target: head.target, method: method)

        var fields = HTTPFields()
        fields.reserveCapacity(head.fields.count)
        var hosts = 0
        var lengths: [[UInt8]] = []
        var codings: [[UInt8]] = []
        for field in head.fields {
            guard let name = HTTPField.Name(String(decoding: field.name, as: UTF8.self)) else {
                throw .badName
            }
            guard field.value.allSatisfy({ $0 >= 0x20 && $0 != 0x7f || $0 == 0x09 }) else { throw .badValue }
            switch name {
            case hostName:
                hosts += 1
                guard field.value.trimmed.allSatisfy(isHostByte) else { throw .badHost }
            case .contentLength: lengths.append(field.value)
            case .transferEncoding: codings.append(field.value)
            default: break
            }
            fields.append(HTTPField(name: name, lenientValue: Array(field.value.trimmed)))
        }
        guard hosts < 2, lengths.count < 2, codings.count < 2 else { throw .repeatedField }
        guard lengths.isEmpty || codings.isEmpty else { throw .lengthAndTransferEncoding }
        guard hosts == 1 || !isVersion11 else { throw .missingHost }
        if let coding = codings.first {
            // libmicrohttpd compares the untrimmed value and would read until the end of the connection. In HTTP/1.0
            // the field makes the framing faulty (RFC 9112 §6.1).
            guard isVersion11, String(decoding: coding, as: UTF8.self).lowercased() == "chunked" else {
                throw .badTransferEncoding
            }
        }
        var length: UInt64?
        if let digits = lengths.first {
            guard !digits.isEmpty, digits.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
                let value = UInt64(String(decoding: digits, as: UTF8.self))
            else { throw .badContentLength }
            length = value
        }
        return Accepted(
            method: method, target: String(decoding: head.target, as: UTF8.self), fields: fields,
            contentLength: length,
            expectsContinue: isVersion11 && fields[.expect]?.lowercased() == "100-continue")
    }

    /// RFC 9112 §3.2: origin form, absolute form, `*` for OPTIONS; CONNECT is not for an origin server.
    private static func check(target: [UInt8], method: HTTPRequest.Method) throws(Violation) {
        guard !target.isEmpty, target.allSatisfy({ $0 > 0x20 && $0 < 0x7f }), method != .connect else {
            throw .badTarget
        }
        if target[0] == UInt8(ascii: "/") { return }
        if method == .options, target.elementsEqual("*".utf8) { return }
        let start = String(decoding: target.prefix(8), as: UTF8.self).lowercased()
        guard start.hasPrefix("http://") || start == "https://" else { throw .badTarget }
    }

    /// RFC 3986 §3.2: what a host with an optional port can hold.
    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default:
            "-._~%!$&'()*+,;=:[]".utf8.contains(byte)
        }
    }
}

extension [UInt8] {
    /// Without the optional white space around it (RFC 9110 §5.6.3).
    fileprivate var trimmed: ArraySlice<UInt8> {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        var slice = self[...].drop(while: isBlank)
        while let last = slice.last, isBlank(last) { slice.removeLast() }
        return slice
    }
}
