/// How often something took how long.
struct MetricHistogram: Sendable, Equatable {
    /// Upper bounds of the buckets, inclusive, in nanoseconds, the smallest first.
    let bounds: [UInt64]
    /// How many fell into each bucket and no smaller one.
    private(set) var counts: [Int]
    /// How many took longer than the largest bound.
    private(set) var beyond = 0
    /// How many there were.
    var count: Int { counts.reduce(beyond, +) }
    /// All of them together, in nanoseconds.
    private(set) var sum: UInt64 = 0

    /// For what a program does at once: half a millisecond to ten seconds.
    static let short: [UInt64] = microseconds([
        500, 1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000,
        10_000_000,
    ])
    /// For attempts to connect: a millisecond to a minute, after which an attempt ends.
    static let long: [UInt64] = microseconds([
        1000, 2500, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000,
        10_000_000, 30_000_000, 60_000_000,
    ])

    /// Nothing has been observed.
    init(bounds: [UInt64]) {
        self.bounds = bounds
        counts = Array(repeating: 0, count: bounds.count)
    }

    /// Adds one.
    mutating func observe(nanoseconds: UInt64) {
        sum &+= nanoseconds
        for index in bounds.indices where nanoseconds <= bounds[index] {
            counts[index] += 1
            return
        }
        beyond += 1
    }

    private static func microseconds(_ bounds: [UInt64]) -> [UInt64] { bounds.map { $0 * 1000 } }
}
