internal import Foundation

/// A JSON body: one object whose values are strings, or null to clear.
struct JSONBody: Equatable {
    let pairs: [NamedValue]

    /// Reads a body; nil if it is no JSON object.
    ///
    /// A name that is given twice appears twice: Foundation, which reads the values, would keep one of them in silence.
    init?(_ body: [UInt8]) {
        guard let object = try? JSONSerialization.jsonObject(with: Data(body)) as? [String: Any] else { return nil }
        var names: [String] = []
        for token in Self.topLevelNames(of: body) {
            let name = try? JSONSerialization.jsonObject(with: Data(token), options: .fragmentsAllowed)
            guard let name = name as? String else { return nil }
            names.append(name)
        }
        pairs = names.map { name in
            NamedValue(name: name, value: object[name] is NSNull ? "" : object[name] as? String)
        }
    }

    /// The string literals, quotes included, that stand before a colon directly in the outermost object of valid JSON.
    private static func topLevelNames(of body: [UInt8]) -> [ArraySlice<UInt8>] {
        var names: [ArraySlice<UInt8>] = []
        var depth = 0
        var lastString: ArraySlice<UInt8> = []
        var index = body.startIndex
        while index < body.endIndex {
            switch body[index] {
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            case UInt8(ascii: ":") where depth == 1: names.append(lastString)
            case UInt8(ascii: "\""):
                let start = index
                index += 1
                while index < body.endIndex, body[index] != UInt8(ascii: "\"") {
                    index += body[index] == UInt8(ascii: "\\") ? 2 : 1
                }
                lastString = body[start..<min(index + 1, body.endIndex)]
            default: break
            }
            index += 1
        }
        return names
    }
}
