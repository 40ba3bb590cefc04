/// The rules for the DNS names that are written into a configuration.
public enum DNSName {
    /// The longest name, in characters without the final dot (RFC 1035 §2.3.4).
    public static let maximumLength = 253

    /// The name in lower case and without a final dot, or nil if it is none: labels of 1 to 63 letters, digits and
    /// inner hyphens (RFC 1123 §2.1), joined by dots.
    ///
    /// Only ASCII is accepted: an internationalised name has to be in its A-label form already.
    public static func normalized(_ text: String) -> String? {
        // Before the case is folded: U+212A, the Kelvin sign, becomes a "k".
        guard text.utf8.allSatisfy({ $0 < 128 }) else { return nil }
        var name = text.lowercased()
        if name.hasSuffix(".") { name.removeLast() }
        guard !name.isEmpty, name.utf8.count <= maximumLength else { return nil }
        let labels = name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return labels.allSatisfy(isLabel) ? name : nil
    }

    private static func isLabel(_ label: Substring.UTF8View) -> Bool {
        let hyphen = UInt8(ascii: "-")
        guard (1...63).contains(label.count), label.first != hyphen, label.last != hyphen else { return false }
        return label.allSatisfy { byte in
            byte == hyphen || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
    }
}
