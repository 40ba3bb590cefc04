/// An `application/x-www-form-urlencoded` body: name and value pairs in their order.
///
/// Real clients send leading and doubled `&` and values that are not encoded; both are data. A percent sign that begins
/// no escape, bytes that are no UTF-8, and a pair without `=` are errors: guessing could clear or change a field.
struct FormBody: Equatable {
    let pairs: [NamedValue]

    /// Reads a body. A name that can't be decoded stays as it was sent, so that it can be named as unknown.
    init(_ body: some Collection<UInt8>) {
        pairs = body.split(separator: UInt8(ascii: "&")).map { pair in
            let name = pair.prefix { $0 != UInt8(ascii: "=") }
            let value = pair.dropFirst(name.count)
            return NamedValue(
                name: Self.decoded(name) ?? String(decoding: name, as: UTF8.self),
                value: value.isEmpty ? nil : Self.decoded(value.dropFirst()), isBare: value.isEmpty)
        }
    }

    private static func decoded(_ bytes: some Collection<UInt8>) -> String? {
        var result: [UInt8] = []
        var rest = bytes[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): result.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(hexValue), let low = rest.popFirst().flatMap(hexValue) else {
                    return nil
                }
                result.append(high << 4 | low)
            default: result.append(byte)
            }
        }
        return String(validating: result, as: UTF8.self)
    }

    private static func hexValue(_ digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
