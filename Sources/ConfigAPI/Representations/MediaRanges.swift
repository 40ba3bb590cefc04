/// The media types of an `Accept` (RFC 9110 §12.5.1) with their weights.
struct MediaRanges: Sendable {
    private var weights: [String: Double] = [:]

    /// Reads a value; nil, and what can't be understood, names nothing.
    init(_ accept: String?) {
        for range in (accept ?? "").split(separator: ",") {
            let parts = range.split(separator: ";").map { $0.filter { !$0.isWhitespace }.lowercased() }
            guard let type = parts.first else { continue }
            let weight = parts.dropFirst().first { $0.hasPrefix("q=") }.flatMap { Double($0.dropFirst(2)) }
            weights[type] = max(weights[type] ?? 0, weight ?? 1)
        }
    }

    /// The weight of a type that is named in so many words; 0 for one that is not.
    subscript(type: String) -> Double { weights[type] ?? 0 }
}
