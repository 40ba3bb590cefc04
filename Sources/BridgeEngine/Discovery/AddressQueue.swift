/// The addresses of one target that are still to be tried: the families in turn, IPv6 first (RFC 8305 §4).
struct AddressQueue {
    private var returned: ArraySlice<IPAddress> = []
    private var v6: ArraySlice<IPAddress> = []
    private var v4: ArraySlice<IPAddress> = []
    private var last: AddressFamily?

    var isEmpty: Bool { returned.isEmpty && v6.isEmpty && v4.isEmpty }

    /// Adds the addresses of a look-up, in its order.
    mutating func add(_ addresses: [IPAddress]) {
        v6 += addresses.filter { $0.family == .v6 }
        v4 += addresses.filter { $0.family == .v4 }
    }

    /// Gives addresses back that were taken but not tried to the end; they come first.
    mutating func putBack(_ addresses: [IPAddress]) {
        returned = addresses + returned
    }

    /// Takes the next address.
    mutating func next() -> IPAddress? {
        if let address = returned.popFirst() { return address }
        let address = last == .v6 ? v4.popFirst() ?? v6.popFirst() : v6.popFirst() ?? v4.popFirst()
        last = address?.family ?? last
        return address
    }
}
