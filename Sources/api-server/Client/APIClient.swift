internal import ArgumentParser
internal import Foundation

/// What commands ask a running server for.
struct APIClient {
    /// A state and the server's own words for it.
    struct Status {
        let report: StatusReport
        /// As it came.
        let json: [UInt8]

        /// For standard output.
        func text(asJSON: Bool) -> String {
            asJSON ? String(decoding: json, as: UTF8.self) + "\n" : report.text
        }
    }

    /// Where the configuration is.
    private static let configuration = "/api/v1/configuration/xmpp"
    private static let accept = "Accept: application/json"
    /// The longest long poll that a server takes, in seconds.
    private static let longestPoll = 300
    /// What an answer may take beyond the time that the server waits by itself.
    private static let grace = Duration.seconds(15)
    /// How long a check takes at most, with a server's own limit for an attempt.
    private static let checkLimit = Duration.seconds(90)

    let session: CurlSession

    /// The state now.
    /// - Throws: `StartError`.
    func status() throws(StartError) -> Status {
        let answer = try session.answer(
            to: ServerRequest(method: "GET", path: Self.configuration + "/status", headers: [Self.accept]))
        return try status(in: success(answer))
    }

    /// Waits for a state.
    ///
    /// Longer times than a server takes are several requests. On a terminal each of them is a second, so that there is
    /// something to show.
    /// - Parameters:
    ///   - states: one of these, with commas between, in the API's words.
    ///   - revision: the configuration that it has to be about, or a later one; nil: any.
    ///   - seconds: how long to wait.
    /// - Returns: the state, and whether it is one that was waited for.
    /// - Throws: `StartError`, also for a server that is lost meanwhile.
    func wait(
        for states: String, revision: Int? = nil, seconds: Int
    ) throws(StartError) -> (status: Status, isReached: Bool) {
        let progress = ProgressLine()
        defer { progress?.clear() }
        let end = ContinuousClock.now + .seconds(seconds)
        var hasAnswered = false
        while true {
            let left = Self.seconds(until: end)
            let poll = min(max(left, 1), progress == nil ? Self.longestPoll : 1)
            var query = "?waitFor=\(states)&timeout=\(poll)"
            if let revision { query += "&revision=\(revision)" }
            let request = ServerRequest(
                method: "GET", path: Self.configuration + "/status" + query, headers: [Self.accept],
                limit: .seconds(poll) + Self.grace)
            let answer: ServerAnswer
            do throws(StartError) {
                answer = try session.answer(to: request)
            } catch {
                guard hasAnswered else { throw error }
                throw StartError("The server was lost while waiting. \(error)")
            }
            hasAnswered = true
            guard answer.status == 504 else { return (try status(in: success(answer)), true) }
            let status = try status(in: answer)
            let rest = Self.seconds(until: end)
            if rest <= 0 { return (status, false) }
            progress?.show("\(status.report.summary) (\(seconds - rest) of \(seconds) s)")
        }
    }

    /// To the nearest second: a poll that ends a little early is no reason for another one.
    private static func seconds(until end: ContinuousClock.Instant) -> Int {
        Int(((end - .now) / Duration.seconds(1)).rounded())
    }

    /// Changes the configuration.
    /// - Parameter expected: the revision that the change is meant for; nil: any.
    /// - Returns: the revision that has it.
    /// - Throws: `StartError`.
    func configure(_ body: [UInt8], ifRevision expected: Int?) throws(StartError) -> Int {
        var headers = [Self.accept, "Content-Type: application/json"]
        if let expected { headers.append("If-Match: \"\(expected)\"") }
        let answer = try session.answer(
            to: ServerRequest(method: "PUT", path: Self.configuration, headers: headers, body: body))
        if answer.status == 412, let expected {
            let current = answer.revision.map { "revision \($0)" } ?? "another one"
            throw StartError("--if-revision \(expected): the configuration is \(current) now; nothing was changed.")
        }
        guard let revision = try success(answer).revision else {
            throw StartError("\(session.url): the answer names no revision; this is no server of this kind.")
        }
        return revision
    }

    /// Tries settings without storing them.
    /// - Parameter registering: whether it registers; nil: unless that may throw out the live connection.
    /// - Returns: the report, as it came.
    /// - Throws: `StartError`.
    func check(_ body: [UInt8], registering: Bool?) throws(StartError) -> [UInt8] {
        let query = registering.map { "?register=\($0)" } ?? ""
        let request = ServerRequest(
            method: "POST", path: Self.configuration + "/check" + query,
            headers: [Self.accept, "Content-Type: application/json"], body: body, limit: Self.checkLimit)
        return try success(session.answer(to: request)).body
    }

    private func status(in answer: ServerAnswer) throws(StartError) -> Status {
        guard let report = answer.document(StatusReport.self) else {
            throw StartError("\(session.url): the answer (\(answer.status)) is no connection state.")
        }
        return Status(report: report, json: answer.body)
    }

    /// The answer, if it is a success.
    private func success(_ answer: ServerAnswer) throws(StartError) -> ServerAnswer {
        let problem = answer.document(ProblemDocument.self)
        switch answer.status {
        case 200..<300: return answer
        case 300..<400:
            throw StartError("\(session.url): it answers with a redirect (\(answer.status)), which is not followed.")
        case 400 where problem?.errors?.isEmpty == false: throw StartError(problem?.sentences ?? "")
        case 401:
            throw StartError("\(session.url): the server does not accept the user \(session.user) with this password.")
        default:
            let words = problem?.sentences ?? "The server answers with status \(answer.status)."
            let again = answer.retryAfter.map { " (Retry-After: \($0))" } ?? ""
            throw StartError("\(session.url): \(words)\(again)")
        }
    }
}
