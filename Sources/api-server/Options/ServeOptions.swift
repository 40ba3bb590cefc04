internal import ArgumentParser

/// The options of `serve`, which a variable or the configuration file may give as well.
struct ServeOptions: ParsableArguments {
    @OptionGroup(title: "API") var api: APIOptions
    @OptionGroup(title: "Limits for clients") var clients: LimitOptions
    @OptionGroup(title: "Database") var store: DatabaseOptions
    @OptionGroup(title: "First user") var firstUser: FirstUserOptions
    @OptionGroup(title: "XMPP server") var xmpp: XMPPOptions
    @OptionGroup(title: "Logins of clients") var logins: LoginOptions
    @OptionGroup(title: "Connection") var liveness: LivenessOptions
    @OptionGroup(title: "Time limits of a connection attempt") var limits: TimeLimitOptions
    @OptionGroup(title: "Log") var log: LogOptions
    @OptionGroup(title: "Configuration file") var file: ConfigurationFileOptions

    /// Whether the options go together.
    /// - Throws: `ValidationError`.
    func check() throws {
        try api.check()
        try xmpp.check()
        _ = try logins.policy()
    }
}
