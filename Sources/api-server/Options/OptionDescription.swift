internal import ArgumentParser
internal import Foundation

/// One option, as the option library describes it.
struct OptionDescription {
    /// Without the dashes; the first is the one that sets it.
    let names: [String]
    let isFlag: Bool
    let isRepeating: Bool
    /// What counts when nothing is given, in the words of the help.
    let standard: String

    var name: String { names[0] }
    var variable: String { OptionVariables.variable(of: name) }

    /// How the flag begins that takes another one back.
    private static let inversion = "no-"

    /// Those of a command or of a part of one, in the order of its help.
    /// - Throws: `DecodingError` if the option library describes them otherwise than expected; a test sees that.
    static func all(of type: (some ParsableArguments).Type) throws -> [OptionDescription] {
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
            let isFlag = argument.kind == "flag"
            return OptionDescription(
                names: names, isFlag: isFlag, isRepeating: argument.isRepeating,
                standard: isFlag ? "false" : argument.standard)
        }
    }

    /// What a command line says: the values in their order, for a flag the last word as `true` or `false`; nil where
    /// it says nothing.
    func values(in arguments: some Sequence<String>) -> [String]? {
        var values: [String] = []
        var isNext = false
        for argument in arguments {
            if isNext {
                values.append(argument)
                isNext = false
            } else if let name = names.first(where: { argument == "--\($0)" }) {
                if isFlag { values.append(name == self.name ? "true" : "false") } else { isNext = true }
            } else if let name = names.first(where: { argument.hasPrefix("--\($0)=") }) {
                values.append(String(argument.dropFirst("--\(name)=".count)))
            }
        }
        if values.isEmpty { return isNext ? [] : nil }
        return isRepeating ? values : values.suffix(1)
    }

    /// Values on a command line.
    /// - Throws: `ValidationError` for a flag's value that is no yes or no.
    func arguments(for values: [String]) throws -> [String] {
        guard isFlag else { return values.map { "--\(name)=\($0)" } }
        return try values.flatMap { value in
            switch value.lowercased() {
            case "true", "yes", "1": return ["--\(name)"]
            case "false", "no", "0": return []
            default: throw ValidationError("The value '\(value)' is none of true, false, 1, 0, yes and no.")
            }
        }
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
            let abstract: String?
            let defaultValue: String?

            var longNames: [String] { (names ?? []).filter { $0.kind == "long" }.map(\.name) }

            /// Where the library knows no default as text, it is in the help's words.
            var standard: String {
                defaultValue ?? abstract?.firstMatch(of: /\(default: (.+)\)$/).map { String($0.output.1) } ?? "none"
            }
        }

        let command: Command
    }
}
