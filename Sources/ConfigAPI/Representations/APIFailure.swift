internal import HTTPTypes

/// Why a request gets no success, as a Cisco Meeting Server words it.
enum APIFailure: Error, Sendable, Equatable {
    /// 400: these parameters can't be accepted.
    case parameters(ParameterErrors)
    /// 400, 411, 413, 415 and the like: the request as a whole.
    case invalidOperation(HTTPResponse.Status, detail: String)
    /// 401: no user, or a wrong password.
    case unauthorized
    /// 403: the user may not do this.
    case forbidden
    /// 404: there is no such node.
    case unrecognisedObject
    /// 404: there is no such version of the API.
    case invalidVersion
    /// 412: the configuration is not the one that the client knows.
    case preconditionFailed
    /// 405, with the methods that the node has.
    case methodNotAllowed([HTTPRequest.Method])
    /// 429: too many wrong passwords; after so many seconds the next one is looked at.
    case tooManyRequests(retryAfter: Int)
    /// 503: the store can't be read or written.
    case databaseNotReady
    /// 503: the server is stopping or has too much to do.
    case unavailable

    /// The status code.
    var status: HTTPResponse.Status {
        switch self {
        case .parameters: .badRequest
        case .invalidOperation(let status, _): status
        case .unauthorized: .unauthorized
        case .forbidden: .forbidden
        case .unrecognisedObject, .invalidVersion: .notFound
        case .methodNotAllowed: .methodNotAllowed
        case .preconditionFailed: .preconditionFailed
        case .tooManyRequests: .tooManyRequests
        case .databaseNotReady, .unavailable: .serviceUnavailable
        }
    }

    /// The name of the failure in XML.
    private var element: String {
        switch self {
        case .parameters: "parameterError"
        case .unrecognisedObject: "unrecognisedObject"
        case .invalidVersion: "invalidVersion"
        case .databaseNotReady: "databaseNotReady"
        case .invalidOperation, .unauthorized, .forbidden, .methodNotAllowed, .preconditionFailed,
            .tooManyRequests, .unavailable:
            "invalidOperation"
        }
    }

    /// What went wrong, in a sentence.
    var detail: String {
        switch self {
        case .parameters: "The request has parameters that can't be accepted; nothing was changed."
        case .invalidOperation(_, let detail): detail
        case .unauthorized: "A user name and a password are needed."
        case .forbidden: "This user may not do that."
        case .unrecognisedObject: "There is nothing at this path."
        case .invalidVersion: "This version of the API does not exist; /api/v1 does."
        case .methodNotAllowed(let methods):
            "Only \(methods.map(\.rawValue).joined(separator: ", ")) can be used at this path."
        case .preconditionFailed: "The configuration has changed since; its ETag names the current revision."
        case .tooManyRequests:
            "There were too many wrong passwords for this user from this address; Retry-After says when to come again."
        case .databaseNotReady: "The settings can't be read or written at the moment; nothing was changed."
        case .unavailable: "The server can't answer at the moment."
        }
    }

    /// What the answer tells besides its body, whatever that is.
    var headerFields: HTTPFields {
        var fields = HTTPFields()
        switch self {
        // Clients based on .NET send their credentials only after this challenge.
        case .unauthorized: fields[.wwwAuthenticate] = "Basic realm=\"acano\""
        case .methodNotAllowed(let methods):
            fields[.allow] = methods.map(\.rawValue).joined(separator: ", ")
        case .tooManyRequests(let seconds): fields[.retryAfter] = "\(seconds)"
        case .databaseNotReady, .unavailable: fields[.retryAfter] = "1"
        case .parameters, .invalidOperation, .forbidden, .unrecognisedObject, .invalidVersion, .preconditionFailed:
            break
        }
        return fields
    }

    /// The answer.
    func response(in representation: Representation) -> HTTPServerResponse {
        var fields = headerFields
        // The body is empty in either form.
        if self == .unauthorized { return HTTPServerResponse(status: status, headerFields: fields, body: []) }
        switch representation {
        case .xml:
            fields[.contentType] = Representation.xml.contentType
            return HTTPServerResponse(status: status, headerFields: fields, body: Array(xml.utf8))
        case .json:
            fields[.contentType] = "application/problem+json"
            return HTTPServerResponse(status: status, headerFields: fields, body: JSONWriter.bytes(problem))
        }
    }

    /// Some clients cut a fixed number of characters off both ends: the space before `/>` counts.
    private var xml: String {
        let inner: String
        if case .parameters(let errors) = self {
            inner = errors.errors.map { error in
                "<parameterError parameter=\"\(XMLWriter.escaped(error.parameter))\" error=\"\(error.kind.rawValue)\" />"
            }.joined()
        } else {
            inner = "<\(element) />"
        }
        return "\(XMLWriter.declaration)<failureDetails>\(inner)</failureDetails>"
    }

    /// RFC 9457.
    private var problem: Document {
        var fields: [Document.Field] = [
            .init("type", .text("about:blank")), .init("title", .text(element)),
            .init("status", .integer(status.code)), .init("detail", .text(detail)),
        ]
        if case .parameters(let errors) = self {
            let list = errors.errors.map { error in
                Document.Value.object([
                    .init("parameter", .text(error.parameter)), .init("error", .text(error.kind.rawValue)),
                    .init("detail", .text(error.detail)),
                ])
            }
            fields.append(.init("errors", .list(item: "error", list)))
        }
        return Document("problem", fields)
    }
}
