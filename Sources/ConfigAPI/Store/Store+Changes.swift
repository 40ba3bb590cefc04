internal import BridgeEngine
internal import GRDB
internal import NIOConcurrencyHelpers

extension Store {
    /// A change of the configuration that somebody waits for.
    struct AskedChange: Sendable {
        let change: ConfigurationChange
        let requester: Requester?
        let isWanted: @Sendable (Int) -> Bool
        let completion: @Sendable (Outcome) -> Void
        /// When it was asked for: `MonotonicClock.nanoseconds`.
        let start: UInt64
    }

    /// Makes a change durable, together with its event, and reports it, on the database's queue and in the order of the
    /// changes.
    ///
    /// What is asked for while a transaction runs is done in the next one, all together: what a change costs is above all
    /// the disk's time for a commit. Each still is a revision and an event of its own, and is reported when it is on disk.
    /// - Parameters:
    ///   - requester: whose change it is.
    ///   - isWanted: asked for the revision that the change would be made to, under the same transaction.
    func change(
        _ change: ConfigurationChange, by requester: Requester? = nil,
        ifRevision isWanted: @escaping @Sendable (Int) -> Bool = { _ in true },
        completion: @escaping @Sendable (Outcome) -> Void
    ) {
        let asked = AskedChange(
            change: change, requester: requester, isWanted: isWanted, completion: completion,
            start: MonotonicClock.nanoseconds)
        let isFirst = waiting.withLockedValue { waiting in
            waiting.append(asked)
            return waiting.count == 1
        }
        // Whoever comes behind the first is taken along by its transaction.
        guard isFirst else { return }
        database.asyncWriteWithoutTransaction { [self] database in makeWaiting(in: database) }
    }

    /// Makes all changes that wait, in one transaction, and reports each.
    private func makeWaiting(in database: Database) {
        let all = waiting.withLockedValue { waiting in
            defer { waiting = [] }
            return waiting
        }
        var outcomes: [Outcome] = []
        do {
            try database.inTransaction(.immediate) {
                var current = configuration
                for asked in all {
                    let outcome = try make(asked, from: current, in: database)
                    if case .stored(let new, _) = outcome { current = new }
                    outcomes.append(outcome)
                }
                if current.revision != configuration.revision { try requireFiles() }
                return .commit
            }
        } catch {
            writes.failed()
            takeBack(after: error, in: database)
            return all.forEach { $0.completion(.failed(error)) }
        }
        for (asked, outcome) in zip(all, outcomes) { report(outcome, of: asked) }
        let isSecretReplaced = outcomes.contains {
            if case .stored(_, let changed) = $0 { changed.contains(.sharedSecret) } else { false }
        }
        if isSecretReplaced { forgetReplacedSoon() }
    }

    private func make(
        _ asked: AskedChange, from current: StoredConfiguration, in database: Database
    ) throws -> Outcome {
        guard asked.isWanted(current.revision) else { return .stale }
        do {
            var new = try asked.change.applied(to: current)
            let changed = ConfigurationChange.names(of: current, new)
            if !changed.isEmpty {
                new.revision += 1
                try ConfigurationRow.write(new, in: database)
                var event = Event(.configurationChanged)
                event.requester = asked.requester
                event.fields = changed.map(\.rawValue)
                event.revision = new.revision
                try EventRow.add(event, in: database)
            }
            return .stored(new, changed: changed)
        } catch let error as ParameterError {
            return .refused(ParameterErrors([error]))
        }
    }

    private func report(_ outcome: Outcome, of asked: AskedChange) {
        guard case .stored(let new, let changed) = outcome else { return asked.completion(outcome) }
        if !changed.isEmpty { writes.committed(nanoseconds: MonotonicClock.nanoseconds - asked.start) }
        latest.withLockedValue { $0 = new }
        asked.completion(outcome)
    }
}
