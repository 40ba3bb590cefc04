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
        /// A number that is not negative, with three decimals: so many thousandths.
        case thousandths(Int)
        case flag(Bool)
        /// In JSON an array, in XML a parent with one `item` for each.
        case list(item: String, [Value])
        case object([Field])
    }

    /// A row of a collection: in XML an element with the attribute `id`, in JSON an object with the field `id`.
    struct Row: Sendable, Equatable {
        let id: String
        let fields: [Field]
    }

    /// The rows of a collection: in XML directly inside the root, in JSON an array with the root's name.
    struct Rows: Sendable, Equatable {
        /// The name of one row in XML.
        let item: String
        let rows: [Row]
    }

    /// The name of XML's root element; JSON has none.
    let root: String
    /// In XML the root's attributes, in JSON the first fields.
    let attributes: [Field]
    let fields: [Field]
    let rows: Rows?

    /// An object.
    init(_ root: String, _ fields: [Field]) {
        self.root = root
        attributes = []
        self.fields = fields
        rows = nil
    }

    /// A collection's row, alone.
    init(_ root: String, _ row: Row) {
        self.root = root
        attributes = [Field("id", .text(row.id))]
        fields = row.fields
        rows = nil
    }

    /// A page of a collection; a row is made for what is on the page alone.
    init<Element>(_ root: String, item: String, _ all: [Element], _ page: Page, row: (Element) -> Row) {
        self.root = root
        attributes = [Field("total", .integer(all.count))]
        fields = []
        rows = Rows(item: item, rows: page.rows(of: all).map(row))
    }

    /// A page of a collection of `total` rows.
    init(_ root: String, item: String, _ page: [Row], total: Int) {
        self.root = root
        attributes = [Field("total", .integer(total))]
        fields = []
        rows = Rows(item: item, rows: page)
    }
}

extension Document.Value {
    /// A number of thousandths as XML and JSON write it: `2.731`.
    static func text(ofThousandths number: Int) -> String {
        let digits = String(number % 1000)
        return "\(number / 1000).\(String(repeating: "0", count: 3 - digits.count))\(digits)"
    }
}
