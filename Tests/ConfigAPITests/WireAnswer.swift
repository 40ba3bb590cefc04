/// An answer of the API, byte for byte as it has to be on the wire. A `*` stands for what varies from run to run.
struct WireAnswer: Sendable {
    /// The fields that every answer of the API has, in their order, between its own fields and `Content-Length`.
    static let common = [
        "Server: Callbridge/test", "X-Content-Type-Options: nosniff", "X-Frame-Options: DENY",
        "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'", "X-Request-Id: *",
    ]

    /// What follows the version in the status line.
    var status = "200 OK"
    /// Whether the server says that it closes the connection.
    var closes = false
    /// What is said of the connection where that is neither nothing nor `close`.
    var connection: String?
    /// The fields of this answer alone, in their order.
    var fields: [String] = []
    var body = ""
    /// To HEAD or 304: the body's length is told, the body itself stays away.
    var isBodiless = false
    /// Of what libmicrohttpd answers by itself: nothing but its own fields.
    var isLibrarys = false

    /// All bytes.
    var pattern: String {
        var lines = ["HTTP/1.1 \(status)", "Date: *"]
        if let connection = closes ? "close" : connection { lines.append("Connection: \(connection)") }
        if !isLibrarys { lines += fields + Self.common }
        lines.append("Content-Length: \(body.contains("*") ? "*" : String(body.utf8.count))")
        return lines.joined(separator: "\r\n") + "\r\n\r\n" + (isBodiless ? "" : body)
    }

    /// What was received, with a `*` wherever this answer has one; the rest stays for the comparison.
    func masked(_ received: String) -> String {
        let wanted = Array(pattern.utf8)
        let bytes = Array(received.utf8)
        var result: [UInt8] = []
        var position = 0
        for (index, byte) in wanted.enumerated() {
            if byte == UInt8(ascii: "*") {
                let next = index + 1 < wanted.count ? wanted[index + 1] : nil
                while position < bytes.count, bytes[position] != next { position += 1 }
                result.append(byte)
            } else if position < bytes.count {
                result.append(bytes[position])
                position += 1
            }
        }
        return String(decoding: result + bytes[position...], as: UTF8.self)
    }
}

extension WireAnswer {
    /// What begins each document.
    static let declaration = #"<?xml version="1.0"?>"#

    /// A document.
    static func document(_ body: String, type: String = "text/xml", tag: String? = nil) -> WireAnswer {
        var answer = WireAnswer(fields: ["Content-Type: \(type)", "Cache-Control: no-store", "Vary: Accept"])
        if let tag { answer.fields.append("ETag: \"\(tag)\"") }
        answer.body = type.hasSuffix("xml") ? declaration + body : body
        return answer
    }

    /// The configuration.
    static func configuration(
        name: String = "", domain: String = "", address: String = "", revision: Int = 0
    ) -> WireAnswer {
        document(
            "<xmpp><uniqueName>\(name)</uniqueName><domain>\(domain)</domain>"
                + "<serverAddressOverride>\(address)</serverAddressOverride></xmpp>", tag: "\(revision)-xml")
    }

    /// A PUT or POST that is done.
    static func changed(_ revision: Int) -> WireAnswer {
        WireAnswer(fields: ["ETag: \"\(revision)-xml\"", "Vary: Accept"])
    }

    /// No user.
    static let challenge = WireAnswer(
        status: "401 Unauthorized", fields: [#"WWW-Authenticate: Basic realm="acano""#])

    /// A failure in XML.
    static func failure(
        _ status: String, _ inner: String = "<invalidOperation />", before: [String] = [], revision: Int? = nil
    ) -> WireAnswer {
        let tag = revision.map { ["ETag: \"\($0)-xml\"", "Vary: Accept"] } ?? []
        return WireAnswer(
            status: status, fields: before + ["Content-Type: text/xml"] + tag,
            body: "\(declaration)<failureDetails>\(inner)</failureDetails>")
    }

    /// 400 with these parameters, each with its error.
    static func wrong(_ parameters: (String, String)..., revision: Int = 0) -> WireAnswer {
        failure(
            "400 Bad Request",
            parameters.map { #"<parameterError parameter="\#($0.0)" error="\#($0.1)" />"# }.joined(),
            revision: revision)
    }

    /// A head that is refused before anybody looks at it.
    static let refused = failure("400 Bad Request").closing

    /// The same, and the connection is closed.
    var closing: WireAnswer {
        var answer = self
        answer.closes = true
        return answer
    }

    /// The same to HEAD.
    var toHead: WireAnswer {
        var answer = self
        answer.isBodiless = true
        return answer
    }
}
