internal import ArgumentParser

/// Durations as given on the command line: seconds, with up to three decimals.
enum Seconds {
    /// What a time limit can be.
    static let range = Duration.milliseconds(1)...Duration.seconds(3600)

    /// Reads `10` or `0.25`.
    /// - Throws: `ValidationError` for anything else, and for what is out of `range`.
    @Sendable static func parse(_ text: String) throws -> Duration {
        let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let fraction = parts.count == 2 ? parts[1] : "0"
        guard let whole = number(parts[0], most: 6), let decimals = number(fraction, most: 3) else {
            throw ValidationError("It is a number of seconds, such as 10 or 0.25.")
        }
        let scale = [100, 10, 1][fraction.utf8.count - 1]
        let duration = Duration.milliseconds(whole * 1000 + decimals * scale)
        guard range.contains(duration) else {
            let (least, most) = (Self.text(range.lowerBound), Self.text(range.upperBound))
            throw ValidationError("It is from \(least) to \(most) seconds.")
        }
        return duration
    }

    /// `10` or `0.25`.
    static func text(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let milliseconds = Int(attoseconds / 1_000_000_000_000_000)
        guard milliseconds != 0 else { return "\(seconds)" }
        var decimals = String(String(milliseconds + 1000).dropFirst())
        while decimals.hasSuffix("0") { decimals.removeLast() }
        return "\(seconds).\(decimals)"
    }

    private static func number(_ digits: Substring, most: Int) -> Int? {
        guard (1...most).contains(digits.utf8.count), digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            return nil
        }
        return Int(digits)
    }
}
