internal import BridgeEngine
internal import ConfigAPI

/// The user `admin` of a new database.
struct FirstUser {
    static let name = "admin"
    /// Letters and digits that can't be taken for each other.
    private static let alphabet = Array("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789")
    private static let length = 20

    /// From the file; nil where a random one is to be made.
    private let password: Secret?
    /// About the password's file.
    let warning: StartWarning?

    /// Reads the password's file, if there is one.
    /// - Throws: `StartError` where it can't be read or holds no password.
    init(passwordFile: String?) throws(StartError) {
        guard let passwordFile else {
            (password, warning) = (nil, nil)
            return
        }
        let file = try NamedFile(passwordFile, option: "--admin-password-file")
        do {
            try UserRules.check(password: file.password)
        } catch {
            throw StartError("--admin-password-file \(passwordFile): \(error)")
        }
        (password, warning) = (file.password, file.exposure)
    }

    /// Adds the user where there is none yet: with the password of the file, or with a random one that is printed on
    /// standard output, once.
    func make(in store: Store) throws {
        guard try !store.hasUsers() else { return }
        if let password { return try store.addUser(Self.name, role: .admin, password: password) }
        var generator = SystemRandomNumberGenerator()
        let password = String((0..<Self.length).compactMap { _ in Self.alphabet.randomElement(using: &generator) })
        try store.addUser(Self.name, role: .admin, password: Secret(password))
        StandardStream.output.write(
            "The password of the user \(Self.name) is \(password). It is shown only this once.\n")
    }
}
