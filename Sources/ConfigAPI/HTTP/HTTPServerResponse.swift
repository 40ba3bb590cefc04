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
}
