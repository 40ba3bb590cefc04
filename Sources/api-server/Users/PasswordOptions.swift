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
            """, valueName: "file"), completion: .file())
    var passwordFile: String?

    /// The password for a user.
    /// - Throws: `StartError` or `UserError` where there is none, or it can't be one.
    func read(for name: String) throws -> Secret {
        guard let passwordFile else {
            let question = "New password for \(LogText.escaped(name)): "
            let password = try TerminalPrompt.new(.password, question: question)
            try UserRules.check(password: password)
            return password
        }
        return try Self.read(passwordFile)
    }

    /// The password in a file, or on standard input for `-`. Warns where others may read the file.
    /// - Throws: `StartError` where it can't be read or holds no password.
    static func read(_ path: String) throws(StartError) -> Secret {
        let file = try NamedFile(path, option: "--password-file", mayBeStandardInput: true)
        do {
            try UserRules.check(password: file.password)
        } catch {
            throw StartError("--password-file \(path): \(error)")
        }
        if let warning = file.exposure { StandardStream.error.write("api-server: warning: \(warning.line)\n") }
        return file.password
    }
}
