/// The order in which SRV records are tried: RFC 2782, "Usage rules" and the algorithm under "Weight".
///
/// Lowest priority first. Inside one priority the records with weight 0 stand first in the running sum, a random
/// integer in `0...sum` (both ends included) is drawn, the first record whose running sum is at least that number is
/// next, and the rest is drawn again without it.
enum SRVSelection {
    /// Orders the records, drawing from `generator`; the caller decides whether it is random or scripted.
    ///
    /// - Returns: every record exactly once. Records with the root target are kept: what they mean is the caller's
    ///   decision.
    static func order(
        _ records: [SRVRecord], using generator: inout some RandomNumberGenerator
    ) -> [SRVRecord] {
        order(records) { sum in Int.random(in: 0...sum, using: &generator) }
    }

    /// The algorithm itself: `draw` gets the sum of the weights that are left and gives a number in `0...sum`.
    /// It is not asked where only one record is left.
    static func order(_ records: [SRVRecord], draw: (_ sum: Int) -> Int) -> [SRVRecord] {
        var ordered: [SRVRecord] = []
        ordered.reserveCapacity(records.count)
        for (_, group) in Dictionary(grouping: records, by: \.priority).sorted(by: { $0.key < $1.key }) {
            // Dictionary(grouping:) keeps the order inside a group, so the result depends on the draws alone.
            var rest = group.filter { $0.weight == 0 } + group.filter { $0.weight != 0 }
            while rest.count > 1 {
                let number = draw(rest.reduce(0) { $0 + Int($1.weight) })
                var runningSum = 0
                let index = rest.firstIndex { record in
                    runningSum += Int(record.weight)
                    return runningSum >= number
                }
                ordered.append(rest.remove(at: index ?? rest.count - 1))
            }
            ordered += rest
        }
        return ordered
    }
}
