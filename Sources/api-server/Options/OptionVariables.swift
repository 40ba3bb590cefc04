internal import ArgumentParser
internal import Foundation

/// The options of `serve`, and those that say which server a client talks to, as environment variables: `API_SERVER_`
/// and the option's name in capitals.
///
/// A variable is put on the command line, as if it had been written there, unless its option is there already. So types,
/// checks and defaults are those of the options. `--database` counts for the `user` and `bridge-user` commands too, where
/// XMPP servers and certificates are for `check --local`. What a command is to do, such as `--wait`, has no variable.
struct OptionVariables {
    /// How all of them begin.
    static let prefix = "API_SERVER_"

    /// How the flag begins that takes another one back.
    private static let inversion = "no-"

    /// One option.
    private struct Option {
        /// Without the dashes; the first is the one that sets it.
        let names: [String]
        let isFlag: Bool
        let isRepeating: Bool

        var variable: String { OptionVariables.variable(of: names[0]) }

        /// Whether a command line has it.
        func isGiven(in arguments: some Sequence<String>) -> Bool {
            arguments.contains { argument in
                names.contains { argument == "--\($0)" || argument.hasPrefix("--\($0)=") }
            }
        }

        /// What the variable's value is on a command line.
        func arguments(for value: String) throws -> [String] {
            if isFlag {
                switch value.lowercased() {
                case "true", "yes", "1": return ["--\(names[0])"]
                case "false", "no", "0": return []
                default:
                    throw ValidationError("The value '\(value)' is none of true, false, 1, 0, yes and no.")
                }
            }
            guard isRepeating else { return ["--\(names[0])=\(value)"] }
            return value.split(separator: ",").map { "--\(names[0])=\($0.trimmingCharacters(in: .whitespaces))" }
        }
    }

    /// Options that are found and checked together.
    private struct Group {
        let options: [Option]
        /// Reads them from a command line of their own.
        let read: ([String]) throws -> Void
        /// What is wrong with it.
        let message: (any Error) -> String

        init(_ type: (some ParsableArguments).Type) throws {
            options = try OptionVariables.options(of: type)
            read = { _ = try type.parse($0) }
            message = { type.message(for: $0) }
        }
    }

    /// Those of `serve`.
    private let serve: Group
    /// Which server the commands talk to that need one.
    private let client: Group
    /// How an XMPP server is reached from here.
    private let local: [Group]

    /// Finds out which options there are.
    /// - Throws: `DecodingError` if the option library describes them otherwise than expected; a test sees that.
    init() throws {
        serve = try Group(ServeCommand.self)
        client = try Group(ClientOptions.self)
        local = [try Group(XMPPOptions.self), try Group(TimeLimitOptions.self)]
    }

    private static func options(of type: (some ParsableArguments).Type) throws -> [Option] {
        let dump = try JSONDecoder().decode(Dump.self, from: Data(type._dumpHelp().utf8))
        let flags = Set(dump.command.arguments.filter { $0.kind == "flag" }.compactMap(\.longNames.first))
        return dump.command.arguments.compactMap { argument in
            var names = argument.longNames
            guard let first = names.first, !["help", "version"].contains(first) else { return nil }
            // `--no-x` is described as an option of its own.
            if first.hasPrefix(inversion), flags.contains(String(first.dropFirst(inversion.count))) {
                return nil
            }
            if flags.contains(inversion + first) { names.append(inversion + first) }
            return Option(names: names, isFlag: argument.kind == "flag", isRepeating: argument.isRepeating)
        }
    }

    /// The names of the variables that stand for options of `serve`.
    var names: [String] { serve.options.map(\.variable) }

    /// The variable for an option's name without the dashes.
    static func variable(of option: String) -> String {
        prefix + option.uppercased().replacing("-", with: "_")
    }

    /// The part of an environment that is for this program.
    static func own(_ environment: [String: String]) -> [String: String] {
        environment.filter { $0.key.hasPrefix(prefix) }
    }

    /// The command line with what the environment adds to it.
    /// - Throws: `ValidationError` that names the variable, for a value that the option does not take.
    func adding(_ environment: [String: String], to arguments: [String]) throws -> [String] {
        let own = arguments.prefix { $0 != "--" }
        guard !own.contains("--help"), !own.contains("-h") else { return arguments }
        let position: Int
        let counting: [(group: Group, options: [Option])]
        switch own.first {
        case ServeCommand.configuration.commandName: (position, counting) = (1, [(serve, serve.options)])
        case UserCommand.configuration.commandName where own.count > 1 && UserCommand.hasSubcommand(named: own[1]),
            BridgeUserCommand.configuration.commandName
        where own.count > 1 && BridgeUserCommand.hasSubcommand(named: own[1]):
            (position, counting) = (2, [(serve, serve.options.filter { $0.names == ["database"] })])
        case CheckCommand.configuration.commandName where own.contains("--local"):
            (position, counting) = (1, local.map { ($0, $0.options) })
        case StatusCommand.configuration.commandName, ConfigureCommand.configuration.commandName,
            CheckCommand.configuration.commandName:
            (position, counting) = (1, [(client, client.options)])
        default: return arguments
        }
        var added: [String] = []
        for (group, options) in counting {
            for option in options where !option.isGiven(in: own) {
                guard let value = environment[option.variable], !value.isEmpty else { continue }
                do {
                    let new = try option.arguments(for: value)
                    try group.read(new)
                    added += new
                } catch {
                    throw ValidationError("\(option.variable): \(group.message(error))")
                }
            }
        }
        return arguments[..<position] + added + arguments[position...]
    }

    /// The variables that look like ours and are none, each with the name that is most like it, in alphabetical order.
    func unknown(in environment: [String: String]) -> [(variable: String, nearest: String)] {
        let known = names + client.options.map(\.variable)
        return Self.own(environment).keys.filter { !known.contains($0) }.sorted().map { name in
            (name, known.min { Self.distance(name, $0) < Self.distance(name, $1) } ?? "")
        }
    }

    /// How many characters have to be changed, added or taken away to make one of the other (Levenshtein).
    private static func distance(_ left: String, _ right: String) -> Int {
        let right = Array(right.utf8)
        var row = Array(0...right.count)
        for (index, byte) in left.utf8.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in right.indices {
                let change = diagonal + (byte == right[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(change, diagonal + 1, row[column] + 1)
            }
        }
        return row[right.count]
    }

    /// What is needed of swift-argument-parser's description of a command (`--experimental-dump-help`).
    private struct Dump: Decodable {
        struct Command: Decodable {
            let arguments: [Argument]
        }

        struct Argument: Decodable {
            struct Name: Decodable {
                let kind: String
                let name: String
            }

            let kind: String
            let isRepeating: Bool
            let names: [Name]?

            var longNames: [String] { (names ?? []).filter { $0.kind == "long" }.map(\.name) }
        }

        let command: Command
    }
}
