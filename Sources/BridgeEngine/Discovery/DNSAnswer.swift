/// What a look-up found: only the list that its ``DNSQuestion`` asks for is filled.
struct DNSAnswer: Sendable, Equatable {
    /// Most SRV records that are kept of one answer: a hostile answer of 64 KiB must not become hours of attempts.
    static let mostRecords = 256
    /// Most addresses that are kept of one answer.
    static let mostAddresses = 64

    /// SRV records in the answer's order, without duplicates.
    var records: [SRVRecord] = []
    /// Addresses in the answer's order, without duplicates.
    var addresses: [IPAddress] = []

    /// Whether nothing was found.
    var isEmpty: Bool { records.isEmpty && addresses.isEmpty }

    init(records: [SRVRecord]) {
        self.records = Self.unique(records, most: Self.mostRecords)
    }

    init(addresses: [IPAddress]) {
        self.addresses = Self.unique(addresses, most: Self.mostAddresses)
    }

    private static func unique<Element: Hashable>(_ elements: [Element], most: Int) -> [Element] {
        var seen: Set<Element> = []
        return Array(elements.filter { seen.insert($0).inserted }.prefix(most))
    }
}
