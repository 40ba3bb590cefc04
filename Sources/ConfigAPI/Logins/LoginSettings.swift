/// Who may log in, as of now: what is stored, or what the server was started with where nothing has been stored.
public struct LoginSettings: Sendable {
    private let store: Store
    /// What the server was started with.
    let initial: LoginPolicy

    /// - Parameters:
    ///   - store: where the policy is kept.
    ///   - initial: counts until somebody sets the policy over the API.
    public init(store: Store, initial: LoginPolicy = LoginPolicy()) {
        self.store = store
        self.initial = initial
    }

    /// Whether somebody has set the policy over the API, so that what the server was started with does not count.
    public var isStored: Bool { store.loginPolicy.policy != nil }

    /// The policy that counts; costs a lock and a copy.
    var policy: LoginPolicy { store.loginPolicy.policy ?? initial }
}
