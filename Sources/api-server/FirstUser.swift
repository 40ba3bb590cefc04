internal import BridgeEngine
internal import ConfigAPI

/// The user `admin` of a new database.
enum FirstUser {
    static let name = "admin"
    /// Letters and digits that can't be taken for each other.
    private static let alphabet = Array("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789")
    private static let length = 20

    /// Adds the user where there is none yet: with the password of the file, or with a random one that is printed on
    /// standard output, once.
    static func make(in store: Store, passwordFile: String?) throws {
        guard try !store.hasUsers() else { return }
        if let passwordFile {
            let password = try FileContents.secret(passwordFile, option: "--admin-password-file")
            return try store.addUser(name, role: .admin, password: password)
        }
        var generator = SystemRandomNumberGenerator()
        let password = String((0..<length).compactMap { _ in alphabet.randomElement(using: &generator) })
        try store.addUser(name, role: .admin, password: Secret(password))
        print("The password of the user \(name) is \(password). It is shown only this once.")
    }
}
