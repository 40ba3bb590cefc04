@testable import BridgeEngine

/// The order in which SRV records are tried, against RFC 2782 told another way.
///
/// An input is the number of records, six bytes for each, and the draws.
enum SRVOrderFuzz {
    static func check(_ bytes: [UInt8]) throws(FuzzFinding) {
        var input = FuzzInput(bytes)
        let records = (0..<input.number(below: 40)).map { _ in
            // Few priorities, so that they meet; weights of all sizes.
            SRVRecord(
                priority: UInt16(input.byte() & 0x83), weight: input.bit() ? input.word() : UInt16(input.byte() & 7),
                port: UInt16(input.byte()), target: String(UnicodeScalar(97 + input.byte() % 4)))
        }
        let draws = input.remainder()

        var wrongSum: Int?
        var state = Draws(draws)
        let ordered = SRVSelection.order(records) { sum in
            if sum < 0 || sum > 40 * 65_535 { wrongSum = sum }
            return state.next(sum)
        }
        try FuzzFinding.unless(wrongSum == nil, "drawn from \(wrongSum ?? 0)")
        try FuzzFinding.unless(
            counts(ordered) == counts(records), "\(ordered) are not the records \(records)")
        try FuzzFinding.unless(
            zip(ordered, ordered.dropFirst()).allSatisfy { $0.priority <= $1.priority },
            "\(ordered) are not in the order of their priorities")
        var again = Draws(draws)
        try FuzzFinding.unless(
            naiveOrder(records) { again.next($0) } == ordered, "RFC 2782 has another order than \(ordered)")

        let answer = DNSAnswer(records: ordered)
        try FuzzFinding.unless(
            Set(answer.records) == Set(records) && Set(answer.records).count == answer.records.count,
            "\(answer.records) are not each of \(records) once")
    }

    private static func counts(_ records: [SRVRecord]) -> [SRVRecord: Int] {
        records.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }

    /// Each record owns the numbers above those of its predecessors; without weight it owns none of its own, and the
    /// number 0 is the first one's.
    private static func naiveOrder(_ records: [SRVRecord], _ draw: (Int) -> Int) -> [SRVRecord] {
        var result: [SRVRecord] = []
        for priority in Set(records.map(\.priority)).sorted() {
            let group = records.filter { $0.priority == priority }
            var left = group.filter { $0.weight == 0 } + group.filter { $0.weight > 0 }
            while let first = left.first {
                if left.count == 1 {
                    result.append(first)
                    break
                }
                var number = draw(left.map { Int($0.weight) }.reduce(0, +))
                var chosen = 0
                while number > Int(left[chosen].weight) {
                    number -= Int(left[chosen].weight)
                    chosen += 1
                }
                result.append(left.remove(at: chosen))
            }
        }
        return result
    }

    /// Numbers from an input; 0 and the sum often.
    private struct Draws {
        private var input: FuzzInput

        init(_ bytes: [UInt8]) { input = FuzzInput(bytes) }

        mutating func next(_ sum: Int) -> Int {
            switch input.byte() {
            case 0: 0
            case 1: sum
            case 2: min(1, sum)
            default: Int(input.word()) * 40 % (sum + 1)
            }
        }
    }
}
