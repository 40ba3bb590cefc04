/// The keys of what log lines carry beside their message.
///
/// A message is constant, so that lines can be counted and searched for; what differs from line to line stands under
/// one of these keys, always under the same.
package enum LogKey {
    /// An address of ours or of the XMPP server, `ip:port`.
    package static let address = "address"
    /// The address of a client of the API, without port.
    package static let client = "client"
    /// How many connections of clients there may be.
    package static let connections = "connections"
    /// A sentence about a failure.
    package static let detail = "detail"
    /// When something ends.
    package static let end = "end"
    /// An error in words.
    package static let error = "error"
    /// The step in which an attempt failed, or `connected`.
    package static let failedStep = "failed_step"
    /// The name of a header field.
    package static let field = "field"
    /// A file.
    package static let file = "file"
    /// The component's JID, or that of somebody who asks it something.
    package static let jid = "jid"
    /// An XMPP host.
    package static let host = "host"
    /// A limit that is in force.
    package static let limit = "limit"
    /// The method of a request.
    package static let method = "method"
    /// How long a request took to answer, in milliseconds.
    package static let milliseconds = "milliseconds"
    /// The mode of a file, in octal digits.
    package static let mode = "mode"
    /// What would be the right name.
    package static let nearest = "nearest"
    /// How much is needed.
    package static let needed = "needed"
    /// A word or a sentence that says why.
    package static let reason = "reason"
    /// The id of a request; see `RequestID`.
    package static let requestID = "request_id"
    /// The revision of the configuration.
    package static let revision = "revision"
    /// The path of a request, without what a client wrote into it.
    package static let route = "route"
    /// The XMPP server, `host:port`.
    package static let server = "server"
    /// The state of the XMPP connection.
    package static let state = "state"
    /// The status code of an answer.
    package static let status = "status"
    /// The step of an attempt.
    package static let step = "step"
    /// What a library says.
    package static let text = "text"
    /// Where a service is that decides about logins.
    package static let url = "url"
    /// The name of an API user, or of a user who logs in, as it was sent.
    package static let user = "user"
    /// The name with which a client logs in at the XMPP server, as it was sent.
    package static let username = "username"
    /// An environment variable.
    package static let variable = "variable"
    /// The words of the status's warnings, with commas between them.
    package static let warnings = "warnings"
}
