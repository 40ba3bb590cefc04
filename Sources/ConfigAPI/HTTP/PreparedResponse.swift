internal import HTTPTypes

/// An answer in the form in which libmicrohttpd takes it, without the request's id.
struct PreparedResponse: Sendable {
    let status: UInt32
    let body: [UInt8]
    /// Names and values, each ended by a NUL, one behind the other.
    private let text: [CChar]
    /// Where in `text` each name and its value begin.
    private let places: [(name: Int, value: Int)]

    init(_ response: HTTPServerResponse) {
        status = response.code
        body = response.body
        var text: [CChar] = []
        var places: [(name: Int, value: Int)] = []
        for field in response.sentFields where field.name != RequestID.fieldName {
            let name = text.count
            text += field.name.rawName.utf8CString
            places.append((name, text.count))
            text += field.value.utf8CString
        }
        self.text = text
        self.places = places
    }

    /// Hands each field's name and value to `body`, as C takes texts.
    func forEachField(_ body: (_ name: UnsafePointer<CChar>, _ value: UnsafePointer<CChar>) -> Void) {
        text.withUnsafeBufferPointer { text in
            guard let start = text.baseAddress else { return }
            for place in places { body(start + place.name, start + place.value) }
        }
    }
}
