internal import BridgeEngine
internal import HTTPTypes

/// How long and for what a client that asks for the status wants to wait.
struct StatusWait: Sendable, Equatable {
    /// The longest wait, in seconds.
    static let longest = 300
    /// How long a wait is when the client does not say, in seconds.
    static let standard = 30
    /// The parameters of the query.
    static let parameters = ["waitFor", "revision", "timeout"]

    let condition: StatusCondition
    /// In seconds, 1 to ``longest``.
    let timeout: Int
    /// Whether the client asks with `Prefer` (RFC 7240) and takes "nothing has changed" for an answer.
    let isPreference: Bool

    /// Reads `waitFor`, `revision` and `timeout` of a query.
    /// - Returns: nil where the query asks for no wait.
    static func read(query: String?) throws(APIFailure) -> StatusWait? {
        let query = try QueryParameters(query, allowing: parameters)
        var errors: [ParameterError] = []
        var states: Set<BridgeStatus.State> = []
        var orSettled = false
        if let words = query["waitFor"] {
            for word in words.split(separator: ",", omittingEmptySubsequences: false) {
                if word == "settled" {
                    orSettled = true
                } else if let state = BridgeStatus.State(rawValue: String(word)) {
                    states.insert(state)
                } else {
                    let words = BridgeStatus.State.allCases.map(\.rawValue).joined(separator: ", ")
                    errors = [
                        ParameterError(
                            parameter: "waitFor", .invalidValue,
                            "One or more of \(words) and settled, with commas between.")
                    ]
                }
            }
        } else if query["revision"] == nil, query["timeout"] == nil {
            return nil
        } else {
            errors.append(
                ParameterError(parameter: "waitFor", .missingParameter, "revision and timeout are about a wait."))
        }
        let revision = number(query, "revision", 0...Int.max, standard: 0, "A revision, from 0.", &errors)
        let timeout = number(
            query, "timeout", 1...longest, standard: standard, "A number of seconds, from 1 to \(longest).", &errors)
        if !errors.isEmpty { throw .parameters(ParameterErrors(errors)) }
        return StatusWait(
            condition: .reached(states, orSettled: orSettled, revision: revision), timeout: timeout,
            isPreference: false)
    }

    /// Reads the preference `wait`; one that can't be understood counts as none (RFC 7240 §2).
    /// - Parameter status: which the client knows already.
    static func preferred(_ fields: HTTPFields, after status: BridgeStatus) -> StatusWait? {
        guard let prefer = HTTPField.Name("Prefer").flatMap({ fields[$0] }) else { return nil }
        for preference in prefer.split(separator: ",") {
            let parts = preference.prefix { $0 != ";" }.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, parts[0].trimmedBlanks.lowercased() == "wait" else { continue }
            let value = parts[1].trimmedBlanks.filter { $0 != "\"" }
            guard let seconds = Int(value), seconds >= 1 else { return nil }
            return StatusWait(
                condition: .change(after: status.sequence), timeout: min(seconds, longest), isPreference: true)
        }
        return nil
    }

    private static func number(
        _ query: QueryParameters, _ name: String, _ range: ClosedRange<Int>, standard: Int, _ what: String,
        _ errors: inout [ParameterError]
    ) -> Int {
        guard let text = query[name] else { return standard }
        guard let number = Int(text), range.contains(number) else {
            errors.append(ParameterError(parameter: name, .invalidValue, what))
            return standard
        }
        return number
    }
}
