internal import ArgumentParser
internal import Foundation

/// What is not on the command line: the environment and the configuration file, in this order before the defaults.
///
/// What they give is put on the command line, as if it had been written there. So types, checks and defaults are those
/// of the options. `--database` counts for the commands on users and backups too, where XMPP servers and certificates
/// are for `check --local`. Which server a client talks to has variables and is in no file; what a command is to do,
/// such as `--wait`, has neither.
struct OptionSources {
    /// Options that are found and checked together.
    private struct Group {
        let options: [OptionDescription]
        /// Reads them from a command line of their own.
        let read: ([String]) throws -> Void
        /// What is wrong with it.
        let message: (any Error) -> String

        /// All that a file may give.
        static var serve: Group {
            get throws { try Group(ServeOptions.self) { $0 != ConfigurationFile.option } }
        }

        /// Where the settings are.
        static var database: Group {
            get throws { try Group(DatabaseOptions.self) }
        }

        init(_ type: (some ParsableArguments).Type, where isPart: (String) -> Bool = { _ in true }) throws {
            options = try OptionDescription.all(of: type).filter { isPart($0.name) }
            read = { _ = try type.parse($0) }
            message = { type.message(for: $0) }
        }
    }

    /// What counts for a command.
    private struct Plan {
        /// Where on the command line its options begin.
        let position: Int
        let groups: [Group]
        let hasFile: Bool
    }

    /// Names the file.
    private static let file = OptionDescription(
        names: [ConfigurationFile.option], isFlag: false, isRepeating: false, standard: "none")

    /// Those variables that begin as ours do.
    private let environment: [String: String]
    /// Where the file is looked for when nothing names one.
    private let standardPaths: [String]

    init(environment: [String: String], standardPaths: [String] = ConfigurationFile.standardPaths) {
        self.environment = OptionVariables.own(environment)
        self.standardPaths = standardPaths
    }

    /// The options of `serve` that variables and a file may give, in the order of the help.
    /// - Throws: `DecodingError` if the option library describes them otherwise than expected; a test sees that.
    var options: [OptionDescription] {
        get throws { try Group.serve.options }
    }

    /// The command line with what is added to it.
    /// - Throws: as ``options``; `ValidationError` that names the variable, or the file and its line, for a name that nothing has and a
    ///   value that the option does not take; `StartError` for a file that can't be read.
    func adding(to arguments: [String]) throws -> [String] {
        let own = arguments.prefix { $0 != "--" }
        guard !own.contains("--help"), !own.contains("-h"), isAnythingThere(own), let plan = try plan(for: own) else {
            return arguments
        }
        let (found, file) = try resolve(plan, own)
        var added = try found.filter { $0.source != .commandLine }.flatMap { try $0.option.arguments(for: $0.values) }
        if let file, Self.file.values(in: own) == nil {
            added.insert("--\(ConfigurationFile.option)=\(file)", at: 0)
        }
        return arguments[..<plan.position] + added + arguments[plan.position...]
    }

    /// All options of `serve`, for a command line of it without the name of the command, and the file that was read.
    /// - Throws: as ``adding(to:)``.
    func effective(for arguments: [String]) throws -> (options: [EffectiveOption], file: String?) {
        let (options, file) = try resolve(Plan(position: 0, groups: [try .serve], hasFile: true), arguments[...])
        return (options, file)
    }

    /// The variables that look like ours and are none, each with the name that is like it, if any, in alphabetical order.
    var unknownVariables: [(variable: String, nearest: String?)] {
        get throws {
            guard !environment.isEmpty else { return [] }
            let known = try (Group.serve.options + Group(ClientOptions.self).options + [Self.file]).map(\.variable)
            func bare(_ variable: String) -> String { String(variable.dropFirst(OptionVariables.prefix.count)) }
            return environment.keys.filter { !known.contains($0) }.sorted().map { variable in
                let nearest = NearestName.of(bare(variable), in: known.map(bare))
                return (variable, nearest.map { OptionVariables.prefix + $0 })
            }
        }
    }

    /// Whether there may be anything to add. To have the options described takes longer than everything else here.
    private func isAnythingThere(_ arguments: ArraySlice<String>) -> Bool {
        !environment.isEmpty || Self.file.values(in: arguments) != nil
            || standardPaths.contains { (try? ConfigurationFile.isThere($0)) ?? true }
    }

    private func plan(for arguments: ArraySlice<String>) throws -> Plan? {
        func isSubcommand(_ command: any ParsableCommand.Type) -> Bool {
            arguments.count > 1 && command.hasSubcommand(named: arguments[1])
        }
        switch arguments.first {
        case ServeCommand.configuration.commandName: return Plan(position: 1, groups: [try .serve], hasFile: true)
        case ConfigCommand.configuration.commandName where isSubcommand(ConfigCommand.self):
            return Plan(position: 2, groups: [try .serve], hasFile: true)
        case UserCommand.configuration.commandName where isSubcommand(UserCommand.self),
            BridgeUserCommand.configuration.commandName where isSubcommand(BridgeUserCommand.self):
            return Plan(position: 2, groups: [try .database], hasFile: true)
        case BackupCommand.configuration.commandName:
            return Plan(position: 1, groups: [try .database], hasFile: true)
        case CheckCommand.configuration.commandName where arguments.contains("--local"):
            return Plan(
                position: 1, groups: [try Group(XMPPOptions.self), try Group(TimeLimitOptions.self)], hasFile: true)
        case StatusCommand.configuration.commandName, ConfigureCommand.configuration.commandName,
            CheckCommand.configuration.commandName:
            return Plan(position: 1, groups: [try Group(ClientOptions.self)], hasFile: false)
        default: return nil
        }
    }

    /// Each option's value and the first source that has one.
    private func resolve(_ plan: Plan, _ arguments: ArraySlice<String>) throws -> ([EffectiveOption], file: String?) {
        // Not read for commands that need nothing of it: their user may not be allowed to.
        let isNeeded = plan.groups.contains { $0.options.contains { given($0, arguments) == nil } }
        let file = plan.hasFile && isNeeded ? try readFile(arguments) : nil
        var found: [EffectiveOption] = []
        for group in plan.groups {
            let options = group.options.map { option in
                given(option, arguments) ?? file?.value(of: option)
                    ?? EffectiveOption(option: option, values: [], source: .standard)
            }
            try check(options, group)
            found += options
        }
        return (found, file?.path)
    }

    /// What the command line or a variable says.
    private func given(_ option: OptionDescription, _ arguments: ArraySlice<String>) -> EffectiveOption? {
        if let values = option.values(in: arguments) {
            return EffectiveOption(option: option, values: values, source: .commandLine)
        }
        guard let value = environment[option.variable], !value.isEmpty else { return nil }
        let values =
            option.isRepeating
            ? value.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } : [value]
        // A list of nothing says nothing, as in the file.
        guard !values.isEmpty else { return nil }
        return EffectiveOption(option: option, values: values, source: .variable(option.variable))
    }

    /// Reads what is not on the command line, for an error that tells where it is.
    private func check(_ found: [EffectiveOption], _ group: Group) throws {
        let added = found.compactMap { effective in effective.place.map { (effective, place: $0) } }
        // One by one takes its time, and nearly always nothing is wrong.
        let whole = Result { try group.read(try added.flatMap { try $0.0.option.arguments(for: $0.0.values) }) }
        guard case .failure = whole else { return }
        for (effective, place) in added {
            do {
                try group.read(try effective.option.arguments(for: effective.values))
            } catch {
                throw ValidationError("\(place): \(group.message(error))")
            }
        }
    }

    /// The file that counts; nil where there is none.
    private func readFile(_ arguments: ArraySlice<String>) throws -> ConfigurationFile? {
        let named = given(Self.file, arguments)?.values.last
        guard let path = try named ?? ConfigurationFile.present(of: standardPaths) else { return nil }
        let file = try ConfigurationFile(path)
        try file.check(against: try options)
        return file
    }
}
