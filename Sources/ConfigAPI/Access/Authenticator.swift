/// Decides which user of the API sent a request.
typealias Authenticator = PasswordProver<User>
