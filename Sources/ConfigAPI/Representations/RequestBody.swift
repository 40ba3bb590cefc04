internal import HTTPTypes

/// The parameters that a request's body names, whichever way it writes them.
enum RequestBody {
    /// Reads the body by its Content-Type; an empty body names nothing, whatever its type.
    /// - Parameter root: the name that an XML body's root element must have.
    static func parameters(of request: HTTPServerRequest, root: String) throws(APIFailure) -> [NamedValue] {
        let type = mediaType(request.headerFields[.contentType])
        switch type {
        // Real clients leave the type out, or the first part of it.
        case "", "application/x-www-form-urlencoded", "x-www-form-urlencoded":
            return FormBody(request.body).pairs
        case "application/json":
            if request.body.isEmpty { return [] }
            guard let body = JSONBody(request.body) else {
                throw .invalidOperation(.badRequest, detail: "The body is no JSON object.")
            }
            return body.pairs
        case "application/xml", "text/xml":
            if request.body.isEmpty { return [] }
            guard let body = XMLBody(request.body) else {
                throw .invalidOperation(
                    .badRequest, detail: "The body is no XML document of elements and their text alone.")
            }
            guard body.root == root else {
                throw .invalidOperation(.badRequest, detail: "The root element of the body has to be \(root).")
            }
            return body.pairs
        default:
            throw .invalidOperation(
                .unsupportedMediaType,
                detail: "The body can be application/x-www-form-urlencoded, application/json or application/xml.")
        }
    }

    private static func mediaType(_ contentType: String?) -> String {
        if contentType == "application/x-www-form-urlencoded" || contentType == "application/json" {
            return contentType ?? ""
        }
        return (contentType ?? "").prefix { $0 != ";" }.lowercased().filter { !$0.isWhitespace }
    }
}
