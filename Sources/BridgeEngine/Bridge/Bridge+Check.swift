internal import NIOCore

extension Bridge {
    /// Why there can be no check.
    public enum CheckError: Error, Sendable, Equatable {
        /// These parameters are missing in the settings.
        case incomplete([BridgeSettings.Parameter])
        /// There are as many as may be at a time already: 32.
        case tooMany
        /// The bridge has been stopped.
        case stopped
    }

    /// The most checks at a time.
    static let mostChecks = 32

    /// Runs one attempt with these settings, apart from the bridge's own connection, and tells what came of it.
    ///
    /// It is the same code that connects; only that it resumes no TLS session, and closes politely what it has reached.
    /// The report comes within ``StepLimits/attempt``, and 60 s at most, with what was reached closed; the task's end ends the attempt.
    /// Nothing of it is in ``status``.
    /// - Parameters:
    ///   - settings: what is tried; all parameters have to be there.
    ///   - registering: whether it registers. Some servers throw out the connection that has the name already, so
    ///     without it the check ends once the server has opened its stream and has not objected for a quarter of a second.
    ///   - advanced: told what the attempt has done so far, whenever a step has begun or ended, on the bridge's event
    ///     loop; must not block.
    /// - Throws: ``CheckError``.
    public func check(
        _ settings: BridgeSettings, registering: Bool = true,
        advanced: @escaping @Sendable (AttemptProgress) -> Void = { _ in }
    ) async throws(CheckError) -> AttemptReport {
        guard let account = settings.account else { throw .incomplete(settings.missing) }
        let goal = BridgeLink.Goal(account: account, revision: nil, registers: registering)
        let (id, result) = try startCheck(goal, advanced)
        defer { checkHasEnded() }
        let report = await withTaskCancellationHandler {
            // The promise only ever succeeds.
            try? await result.get()
        } onCancel: {
            endCheck(id)
        }
        guard let report else { throw .stopped }
        return report
    }
}
