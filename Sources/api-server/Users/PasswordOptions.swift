internal import ArgumentParser
internal import BridgeEngine
internal import ConfigAPI

/// Where a new password comes from.
struct PasswordOptions: ParsableArguments {
    @Option(
        help: .init(
            """
            The password is in this file, or on standard input for -; a final newline does not count. (default: ask for \
            it twice on the terminal)
            """, valueName: "file"))
    var passwordFile: String?

    /// The password for a user.
    /// - Throws: `StartError` or `UserError` where there is none, or it can't be one.
    func read(for name: String) throws -> Secret {
        guard let passwordFile else {
            let password = try TerminalPrompt.newPassword(for: name)
            try UserRules.check(password: password)
            return password
        }
        let file = try NamedFile(passwordFile, option: "--password-file", mayBeStandardInput: true)
        do {
            try UserRules.check(password: file.password)
        } catch {
            throw StartError("--password-file \(passwordFile): \(error)")
        }
        if let warning = file.exposure { StandardStream.error.write("api-server: warning: \(warning.line)\n") }
        return file.password
    }
}
