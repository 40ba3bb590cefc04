internal import Glibc
internal import NIOConcurrencyHelpers

/// Work that must be done even when an object is never released: globals have no `deinit`.
///
/// The test runner ends with `exit`, which runs what is registered here; a crash does not, which is why
/// `scripts/test` runs everything in a process namespace that dies as a whole.
enum ExitCleanup {
    /// What names a registered action.
    typealias Token = Int

    private struct State {
        var next: Token = 0
        var isInstalled = false
        var actions: [Token: @Sendable () -> Void] = [:]
    }

    private static let state = NIOLockedValueBox(State())

    /// Registers an action to run when the process exits. It must not block for long.
    static func register(_ action: @escaping @Sendable () -> Void) -> Token {
        state.withLockedValue { state in
            if !state.isInstalled {
                state.isInstalled = true
                atexit { ExitCleanup.run() }
            }
            state.next += 1
            state.actions[state.next] = action
            return state.next
        }
    }

    /// Forgets an action; harmless when it is not known.
    static func unregister(_ token: Token) {
        state.withLockedValue { _ = $0.actions.removeValue(forKey: token) }
    }

    /// Runs all actions, the newest first, as directories are made before the servers that write to them.
    private static func run() {
        let actions = state.withLockedValue { state in
            defer { state.actions = [:] }
            return state.actions.sorted { $0.key > $1.key }.map(\.value)
        }
        for action in actions { action() }
    }
}
