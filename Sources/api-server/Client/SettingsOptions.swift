internal import ArgumentParser
internal import BridgeEngine
internal import ConfigAPI
internal import Foundation

/// Settings of the XMPP connection on a command line. An empty value stands for none.
struct SettingsOptions: ParsableArguments {
    @Option(help: .init("The Call Bridge's name at the XMPP server.", valueName: "name"))
    var uniqueName: String?

    @Option(help: .init("The XMPP domain.", valueName: "domain"))
    var domain: String?

    @Option(help: .init("The XMPP server, instead of what DNS SRV says.", valueName: "host[:port]"))
    var serverAddressOverride: String?

    @Option(
        help: .init(
            """
            The component's shared secret is in this file, or on standard input for -; a final newline does not count.
            """, valueName: "file"), completion: .file())
    var sharedSecretFile: String?

    @Flag(help: "Ask for the shared secret on the terminal, twice.")
    var askSharedSecret = false

    /// Whether any of them is given.
    var isGiven: Bool { !values.isEmpty || sharedSecretFile != nil || askSharedSecret }

    /// Whether the options go together.
    /// - Parameter passwordFile: where the API's password comes from.
    /// - Throws: `ValidationError`.
    func check(passwordFile: String? = nil) throws {
        if sharedSecretFile != nil, askSharedSecret {
            throw ValidationError("--shared-secret-file and --ask-shared-secret exclude each other.")
        }
        if sharedSecretFile == "-", passwordFile == "-" {
            throw ValidationError("--shared-secret-file and --password-file can't both be standard input.")
        }
    }

    /// What is given but for the secret.
    var values: [BridgeSettings.Parameter: String] {
        let all: [(BridgeSettings.Parameter, String?)] = [
            (.uniqueName, uniqueName), (.domain, domain), (.serverAddressOverride, serverAddressOverride),
        ]
        return Dictionary(uniqueKeysWithValues: all.compactMap { name, value in value.map { (name, $0) } })
    }

    /// The secret from the file or the terminal; nil where none is given.
    /// - Throws: `StartError`.
    func secret() throws(StartError) -> Secret? {
        if askSharedSecret { return try TerminalPrompt.new(.sharedSecret, question: "Shared secret: ") }
        guard let sharedSecretFile else { return nil }
        let file = try NamedFile(sharedSecretFile, option: "--shared-secret-file", mayBeStandardInput: true)
        let secret = file.password
        guard secret.count > 0 else { throw StartError("--shared-secret-file \(sharedSecretFile): it is empty.") }
        guard secret.withUnsafeBytes({ String(validating: $0, as: UTF8.self) }) != nil else {
            throw StartError("--shared-secret-file \(sharedSecretFile): it is not UTF-8.")
        }
        if let warning = file.exposure { StandardStream.error.write("api-server: warning: \(warning.line)\n") }
        return secret
    }

    /// The settings for use here: those given, over others.
    /// - Throws: `StartError` where they can't be accepted; `ValidationError` where one is missing.
    func bridgeSettings(over others: BridgeSettings) throws -> BridgeSettings {
        var values = values
        if let secret = try secret() {
            values[.sharedSecret] = secret.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        }
        let settings: BridgeSettings
        do throws(SettingsError) {
            settings = try others.changed(by: values)
        } catch {
            throw StartError(
                error.problems.map { "\(Self.option(for: $0.parameter)): \($0.detail)" }.joined(separator: " "))
        }
        guard settings.missing.isEmpty else {
            let options = settings.missing.map { Self.option(for: $0.rawValue) }
            throw ValidationError("These are needed: \(options.joined(separator: ", ")).")
        }
        return settings
    }

    /// A body for the API.
    static func json(_ values: [BridgeSettings.Parameter: String], secret: Secret?) throws -> [UInt8] {
        var fields = Dictionary(uniqueKeysWithValues: values.map { ($0.key.rawValue, $0.value) })
        if let secret {
            fields[BridgeSettings.Parameter.sharedSecret.rawValue] = secret.withUnsafeBytes {
                String(decoding: $0, as: UTF8.self)
            }
        }
        return Array(try JSONEncoder().encode(fields))
    }

    /// The option that gives a parameter of the API.
    static func option(for parameter: String) -> String {
        switch BridgeSettings.Parameter(rawValue: parameter) {
        case .uniqueName: "--unique-name"
        case .domain: "--domain"
        case .serverAddressOverride: "--server-address-override"
        case .sharedSecret: "--shared-secret-file"
        case nil: parameter
        }
    }
}
