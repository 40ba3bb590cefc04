internal import ArgumentParser

/// Whether a command waits for a state, and how long.
struct WaitOptions: ParsableArguments {
    private static let standard = 30
    private static let longest = 86_400

    @Option(
        help: .init(
            """
            Wait until the component is connected, or until that is settled: connected, or the first attempt with \
            these settings has failed. (default: don't wait)
            """, valueName: "state"))
    var wait: WaitGoal?

    @Option(
        help: .init(
            "How long to wait: 1 to \(longest) seconds. (default: \(standard))", valueName: "seconds"),
        transform: seconds)
    var timeout: Int?

    /// How long to wait, in seconds.
    var limit: Int { timeout ?? Self.standard }

    /// Whether the options go together.
    /// - Throws: `ValidationError`.
    func check() throws {
        if wait == nil, timeout != nil { throw ValidationError("--timeout is of no use without --wait.") }
    }

    /// The state was not reached in time; this one is instead.
    func notReached(_ report: StatusReport) -> StartError {
        StartError("It is not \(wait?.rawValue ?? "") after \(limit) s: \(report.summary).")
    }

    @Sendable private static func seconds(_ text: String) throws -> Int {
        guard let seconds = Int(text), (1...longest).contains(seconds) else {
            throw ValidationError("It is a whole number from 1 to \(longest).")
        }
        return seconds
    }
}
