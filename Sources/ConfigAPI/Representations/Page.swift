/// Which rows of a collection a client wants.
struct Page: Sendable, Equatable {
    /// The most rows in one answer.
    static let largest = 500

    /// How many rows to pass over; default 0.
    var offset = 0
    /// How many rows to answer at most; default 20.
    var limit = 20

    /// The first page.
    init() {}

    /// Reads `offset` and `limit` from a query; other parameters are none of its business.
    init(query: String?) throws(APIFailure) {
        var errors: [ParameterError] = []
        for pair in FormBody(Array((query ?? "").utf8)).pairs {
            switch pair.name {
            case "offset":
                if let offset = pair.value.flatMap({ Int($0) }), offset >= 0 {
                    self.offset = offset
                } else {
                    errors.append(ParameterError(parameter: "offset", .invalidValue, "A number of rows, from 0."))
                }
            case "limit":
                if let limit = pair.value.flatMap({ Int($0) }), (0...Self.largest).contains(limit) {
                    self.limit = limit
                } else {
                    errors.append(
                        ParameterError(parameter: "limit", .invalidValue, "A number of rows, at most \(Self.largest)."))
                }
            default: break
            }
        }
        if !errors.isEmpty { throw .parameters(ParameterErrors(errors)) }
    }

    /// The rows of the page; none where it begins past the end.
    func rows<Row>(of all: [Row]) -> ArraySlice<Row> {
        all.dropFirst(offset).prefix(limit)
    }
}
