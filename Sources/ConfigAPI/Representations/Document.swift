/// What an answer says, apart from how it is written: one description for XML and JSON, so that they can't drift apart.
struct Document: Sendable, Equatable {
    /// A named value.
    struct Field: Sendable, Equatable {
        let name: String
        let value: Value

        init(_ name: String, _ value: Value) {
            self.name = name
            self.value = value
        }
    }

    /// A value.
    enum Value: Sendable, Equatable {
        case text(String)
        case integer(Int)
        case flag(Bool)
        /// In JSON an array, in XML a parent with one `item` for each.
        case list(item: String, [Value])
        case object([Field])
    }

    /// The name of XML's root element; JSON has none.
    let root: String
    let fields: [Field]

    init(_ root: String, _ fields: [Field]) {
        self.root = root
        self.fields = fields
    }
}
