import NIOConcurrencyHelpers
import Testing

@testable import BridgeEngine

/// The order of SRV records: RFC 2782.
struct SRVSelectionTests {
    /// A generator with a fixed start (SplitMix64).
    private struct SeededGenerator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var value = state
            value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
            value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
            return value ^ (value >> 31)
        }
    }

    /// A row: weights in the answer's order (targets are a, b, c, …), numbers drawn, the order that follows, and the
    /// sums that the numbers were drawn from.
    struct Row: Sendable, CustomTestStringConvertible {
        let weights: [UInt16]
        let draws: [Int]
        let order: String
        let sums: [Int]

        var testDescription: String { "weights \(weights), draws \(draws)" }
    }

    static let rows = [
        Row(weights: [], draws: [], order: "", sums: []),
        Row(weights: [5], draws: [], order: "a", sums: []),
        // Running sums 1, 4: 0 and 1 hit the first, 2 to 4 the second.
        Row(weights: [1, 3], draws: [0], order: "ab", sums: [4]),
        Row(weights: [1, 3], draws: [1], order: "ab", sums: [4]),
        Row(weights: [1, 3], draws: [2], order: "ba", sums: [4]),
        Row(weights: [1, 3], draws: [4], order: "ba", sums: [4]),
        // The weight 0 goes to the front (c, a, b; running sums 0, 1, 4): only 0 hits it.
        Row(weights: [1, 3, 0], draws: [0, 0], order: "cab", sums: [4, 4]),
        Row(weights: [1, 3, 0], draws: [0, 2], order: "cba", sums: [4, 4]),
        Row(weights: [1, 3, 0], draws: [1, 0], order: "acb", sums: [4, 3]),
        Row(weights: [1, 3, 0], draws: [1, 1], order: "abc", sums: [4, 3]),
        Row(weights: [1, 3, 0], draws: [4, 0], order: "bca", sums: [4, 1]),
        Row(weights: [1, 3, 0], draws: [4, 1], order: "bac", sums: [4, 1]),
        // All 0: the answer's order.
        Row(weights: [0, 0, 0], draws: [0, 0], order: "abc", sums: [0, 0]),
        // The largest sums fit.
        Row(weights: [65535, 65535, 65535], draws: [196_605, 131_070], order: "cba", sums: [196_605, 131_070]),
    ]

    @Test(arguments: rows)
    func `Weights and fixed draws give a known order`(_ row: Row) {
        let records = row.weights.enumerated().map { index, weight in
            SRVRecord(priority: 1, weight: weight, port: 1, target: String("abcdef".dropFirst(index).prefix(1)))
        }
        var draws = row.draws[...]
        var sums: [Int] = []
        let ordered = SRVSelection.order(records) { sum in
            sums.append(sum)
            return draws.popFirst() ?? 0
        }

        #expect(ordered.map(\.target).joined() == row.order)
        #expect(sums == row.sums)
        #expect(draws.isEmpty)
    }

    @Test func `Draws from a generator cover zero to the sum, both included`() {
        var generator = SeededGenerator(state: 1)
        let records = [UInt16(0), 1, 3].map { SRVRecord(priority: 0, weight: $0, port: 1, target: "w\($0)") }
        var first: [String: Int] = [:]
        for _ in 0..<10_000 {
            let ordered = SRVSelection.order(records, using: &generator)
            first[ordered[0].target, default: 0] += 1
        }
        // Of the five numbers 0…4 one goes to weight 0, one to weight 1, three to weight 3. Four standard deviations
        // are 160 and 196.
        #expect((1840...2160).contains(first["w0"] ?? 0))
        #expect((1840...2160).contains(first["w1"] ?? 0))
        #expect((5804...6196).contains(first["w3"] ?? 0))
    }

    @Test func `Lower priorities come first, whatever the weights and the draws`() {
        let records = [
            SRVRecord(priority: 65535, weight: 65535, port: 1, target: "last"),
            SRVRecord(priority: 10, weight: 0, port: 1, target: "middle-0"),
            SRVRecord(priority: 0, weight: 0, port: 1, target: "first"),
            SRVRecord(priority: 10, weight: 100, port: 1, target: "middle-100"),
        ]
        var seen: Set<[String]> = []
        for seed in 0..<200 as Range<UInt64> {
            var generator = SeededGenerator(state: seed)
            seen.insert(SRVSelection.order(records, using: &generator).map(\.target))
        }
        #expect(seen.allSatisfy { $0.first == "first" && $0.last == "last" && $0.count == 4 })
        #expect(seen.count == 2)
    }

    @Test func `The same draws give the same order`() {
        let records = (0..<50).map {
            SRVRecord(priority: UInt16($0 % 4), weight: UInt16($0 * 3), port: 1, target: "t\($0)")
        }
        var one = SeededGenerator(state: 42)
        var other = SeededGenerator(state: 42)
        #expect(SRVSelection.order(records, using: &one) == SRVSelection.order(records, using: &other))
    }

    @Test func `A record's target is folded to lower case and loses one trailing dot`() {
        let targets = ["Host.Example.TEST.", "host", ".", ""].map {
            SRVRecord(priority: 0, weight: 0, port: 1, target: $0)
        }
        #expect(targets.map(\.target) == ["host.example.test", "host", "", ""])
        #expect(targets.map(\.isNotOffered) == [false, false, true, true])
    }
}
