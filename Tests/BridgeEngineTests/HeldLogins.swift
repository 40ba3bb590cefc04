import TestSupport

@testable import BridgeEngine

/// Decides about each login when the test says so. User names are to differ.
final class HeldLogins: LoginRequestHandler {
    struct State {
        /// What has been asked, in the order in which it came here.
        var asked: [LoginRequest] = []
        /// What waits for its verdict, by user name.
        var waiting: [String: CheckedContinuation<LoginVerdict, Never>] = [:]
        /// What was cancelled while it waited.
        var cancelled: Set<String> = []
    }

    let hosts: LoginHosts
    let state = WatchedValue(State())
    /// Whether it goes on when it is cancelled.
    private let isStubborn: Bool

    init(hosts: LoginHosts = LoginHosts(), isStubborn: Bool = false) {
        self.hosts = hosts
        self.isStubborn = isStubborn
    }

    func verdict(on request: LoginRequest) async -> LoginVerdict {
        let name = request.username
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.update { state in
                    state.asked.append(request)
                    if state.cancelled.contains(name), !isStubborn { return true }
                    state.waiting[name] = continuation
                    return false
                }
                if isOver { continuation.resume(returning: .failed(.serviceFailed)) }
            }
        } onCancel: {
            let continuation = state.update { state in
                state.cancelled.insert(name)
                return isStubborn ? nil : state.waiting.removeValue(forKey: name)
            }
            continuation?.resume(returning: .failed(.serviceFailed))
        }
    }

    /// Gives the verdict on a user that waits, or will wait.
    func decide(_ name: String, _ verdict: LoginVerdict = .accepted) async throws {
        _ = try await state.wait { $0.waiting[name] != nil }
        state.update { $0.waiting.removeValue(forKey: name) }?.resume(returning: verdict)
    }

    /// Gives the verdict on all that wait.
    func decideAll(_ verdict: (String) -> LoginVerdict = { _ in .accepted }) {
        let waiting = state.update { state in
            defer { state.waiting = [:] }
            return state.waiting
        }
        for (name, continuation) in waiting { continuation.resume(returning: verdict(name)) }
    }
}
