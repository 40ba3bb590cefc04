extension LoginPolicy {
    /// A policy with values as a person writes them: checked and normalised as the API does it.
    /// - Throws: ``SettingsError``.
    public static func checked(mode: Mode, url: String?, hosts: [String]) throws(SettingsError) -> LoginPolicy {
        var change = LoginPolicyChange(mode: .set(mode))
        do throws(ParameterError) {
            if let url { change.url = .set(try LoginPolicyParameters.url(url)) }
            change.hosts = .set(try LoginPolicyParameters.hosts(hosts))
        } catch {
            throw SettingsError(ParameterErrors([error]))
        }
        do throws(ParameterErrors) {
            return try change.applied(to: LoginPolicy(), domain: nil)
        } catch {
            throw SettingsError(error)
        }
    }
}
