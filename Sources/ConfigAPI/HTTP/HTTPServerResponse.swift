import HTTPTypes

/// One complete answer.
///
/// The server adds `Date`, `Content-Length` and, where needed, `Connection` by itself; a `Content-Length` or
/// `Transfer-Encoding` among `headerFields` is left out. `Connection: close` closes the connection after the answer.
/// An answer to HEAD and a 304 carry the length of `body` but not its bytes.
struct HTTPServerResponse: Sendable, Equatable {
    /// The status; 200–999. Anything lower is answered as 500, since there are no interim answers here.
    var status: HTTPResponse.Status
    /// The header fields in the order they are sent. A value with a control character is left out and logged.
    var headerFields: HTTPFields
    /// The body's bytes; empty gives `Content-Length: 0`.
    var body: [UInt8]

    init(status: HTTPResponse.Status, headerFields: HTTPFields = [:], body: [UInt8] = []) {
        self.status = status
        self.headerFields = headerFields
        self.body = body
    }

    /// The code that is sent.
    var code: UInt32 { UInt32(status.code < 200 ? 500 : status.code) }

    /// The fields that are sent: libmicrohttpd sets these two itself, from the body that it really sends.
    var sentFields: some Sequence<HTTPField> {
        headerFields.lazy.filter { $0.name != .contentLength && $0.name != .transferEncoding }
    }
}
