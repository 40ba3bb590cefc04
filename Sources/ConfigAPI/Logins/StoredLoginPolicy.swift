/// The login policy as it is stored.
struct StoredLoginPolicy: Sendable, Equatable {
    /// Grows by one with each stored change; 0 while nothing was ever stored.
    var revision = 0
    /// nil while nothing was ever stored.
    var policy: LoginPolicy?
}
