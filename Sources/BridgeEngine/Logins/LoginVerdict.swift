/// What becomes of a login.
public enum LoginVerdict: Sendable, Hashable {
    /// The client may log in.
    case accepted
    /// The client may not log in.
    case refused(Refusal)
    /// It could not be found out whether the client may; it may not for now.
    case failed(Failure)

    /// Why a client may not log in. The words are part of the HTTP contract.
    public enum Refusal: String, Sendable, CaseIterable {
        /// The name or the password is wrong, or nobody may log in.
        case notAuthorized
        /// There were too many wrong passwords for this name; nothing was proved.
        case tooManyAttempts
        /// The host where the client logs in may not ask.
        case hostNotAllowed
    }

    /// Why it could not be found out. The words are part of the HTTP contract.
    public enum Failure: String, Sendable, CaseIterable {
        /// It took too long.
        case timedOut
        /// Too many logins are being decided.
        case tooManyRequests
        /// The users can't be read.
        case storeFailed
        /// The service that decides gave no answer that can be used.
        case serviceFailed
    }
}
