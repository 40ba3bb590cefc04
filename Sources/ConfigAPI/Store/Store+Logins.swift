internal import GRDB
internal import NIOConcurrencyHelpers

extension Store {
    /// What became of a change of the login policy.
    enum LoginPolicyOutcome: Sendable {
        /// Stored, with the parameters that differ from before, or that were named when nothing had been stored; empty:
        /// nothing was written.
        case stored(StoredLoginPolicy, changed: [LoginPolicyChange.Parameter])
        /// The values can't be accepted together, or with the configuration.
        case refused(ParameterErrors)
        /// The policy is not the one that the change was meant for; nothing has changed.
        case stale
        /// The database could not be written; nothing has changed.
        case failed(any Error)
    }

    /// The login policy as of the last change that was reported; costs a lock and a copy.
    var loginPolicy: StoredLoginPolicy {
        latestLoginPolicy.withLockedValue { $0 }
    }

    /// Makes a change of the login policy durable, together with its event, and reports it, on the database's queue and
    /// in the order of the changes.
    /// - Parameters:
    ///   - initial: what is changed, and then stored as a whole, where nothing has been stored.
    ///   - requester: whose change it is.
    ///   - isWanted: asked for the revision that the change would be made to, under the same transaction.
    func changeLoginPolicy(
        _ change: LoginPolicyChange, from initial: LoginPolicy, by requester: Requester? = nil,
        ifRevision isWanted: @escaping @Sendable (Int) -> Bool = { _ in true },
        completion: @escaping @Sendable (LoginPolicyOutcome) -> Void
    ) {
        let start = MonotonicClock.nanoseconds
        database.asyncWrite({ [self] database -> LoginPolicyOutcome in
            var stored = loginPolicy
            guard isWanted(stored.revision) else { return .stale }
            let current = stored.policy ?? initial
            let new: LoginPolicy
            do throws(ParameterErrors) {
                new = try change.applied(to: current, domain: configuration.domain)
            } catch {
                return .refused(error)
            }
            // What is said for the first time counts from now on, whatever the server is started with the next time.
            let changed = stored.policy == nil ? change.named : LoginPolicyChange.names(of: current, new)
            if !changed.isEmpty {
                try requireFiles()
                stored = StoredLoginPolicy(revision: stored.revision + 1, policy: new)
                try LoginPolicyRow.write(new, revision: stored.revision, in: database)
                var event = Event(.loginPolicyChanged)
                event.requester = requester
                event.fields = changed.map(\.rawValue)
                event.revision = stored.revision
                try EventRow.add(event, in: database)
            }
            return .stored(stored, changed: changed)
        }) { [self] database, result in
            switch result {
            case .success(let outcome):
                if case .stored(let new, let changed) = outcome, !changed.isEmpty {
                    writes.committed(nanoseconds: MonotonicClock.nanoseconds - start)
                    latestLoginPolicy.withLockedValue { $0 = new }
                }
                completion(outcome)
            case .failure(let error):
                writes.failed()
                takeBack(after: error, in: database)
                completion(.failed(error))
            }
        }
    }
}
