internal import Foundation

extension String {
    /// For comparisons: without case, and characters that are compatible (NFKC) are the same, as in `STRAẞE`, `straße`
    /// and `ｓｔｒａｓｓｅ`. What is folded stays the same when it is folded again.
    ///
    /// This is what XMPP servers make of a local part (Nodeprep, RFC 6122 Appendix A) before they ask, by today's Unicode.
    var folded: String {
        if utf8.allSatisfy({ $0 < 128 }) { return lowercased() }
        var text = self
        while true {
            let next = text.precomposedStringWithCompatibilityMapping.caseFolded
                .precomposedStringWithCompatibilityMapping
            // By bytes: strings that are canonically equivalent are equal.
            if next.utf8.elementsEqual(text.utf8) { return text }
            text = next
        }
    }

    /// By way of the capitals, where `ß` meets `ss` and `ς` meets `σ`.
    private var caseFolded: String {
        unicodeScalars.reduce(into: "") { result, scalar in
            // A letter of its own, though its capital is that of i.
            let dotless: Unicode.Scalar = "ı"
            result += scalar == dotless ? "ı" : scalar.properties.lowercaseMapping.uppercased().lowercased()
        }
    }
}
