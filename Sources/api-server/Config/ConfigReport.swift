internal import ConfigAPI
internal import Foundation

/// The options of `serve` with their sources, to be shown.
struct ConfigReport: Encodable {
    struct Line: Encodable {
        let name: String
        /// Nil where the default counts.
        let values: [String]?
        /// In words, where it counts.
        let defaultValue: String?
        /// `option`, `environment`, `file` or `default`.
        let source: String
        let variable: String?
        let file: String?
        let line: Int?

        enum CodingKeys: String, CodingKey {
            case name, values, defaultValue = "default", source, variable, file, line
        }
    }

    /// A variable that counts for nothing.
    struct UnknownVariable: Encodable {
        let name: String
        /// The variable that may have been meant.
        let nearest: String?
    }

    /// The configuration file that was read.
    let file: String?
    let options: [Line]
    let unknownVariables: [UnknownVariable]

    /// - Parameter unknown: the variables that look like those of options and are none.
    init(
        _ effective: (options: [EffectiveOption], file: String?), unknown: [(variable: String, nearest: String?)]
    ) {
        file = effective.file
        unknownVariables = unknown.map(UnknownVariable.init)
        options = effective.options.map(Self.line)
    }

    /// A table for people.
    var text: String {
        var table = TextTable(heading: ["OPTION", "SOURCE", "VALUE"])
        for line in options {
            let place = line.variable ?? line.line.map { "\(line.source), line \($0)" } ?? line.source
            table.add([line.name, place, line.values?.joined(separator: ", ") ?? "(\(line.defaultValue ?? ""))"])
        }
        let unknown = unknownVariables.map { variable in
            let hint = variable.nearest.map { ", perhaps \($0) was meant" } ?? ""
            return "\nunknown variable: \(LogText.escaped(variable.name))\(hint)"
        }
        return "configuration file: \(LogText.escaped(file ?? "none"))\n\n\(table.text)"
            + (unknown.isEmpty ? "" : unknown.joined() + "\n")
    }

    /// An object for programs.
    var json: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
        }
    }

    private static func line(_ effective: EffectiveOption) -> Line {
        let name = effective.option.name
        let values = effective.values.map { hidden($0, of: name) }
        switch effective.source {
        case .commandLine: return line(name, values, "option")
        case .variable(let variable): return line(name, values, "environment", variable: variable)
        case .file(let path, let number): return line(name, values, "file", file: path, number: number)
        case .standard:
            return Line(
                name: name, values: nil, defaultValue: effective.option.standard, source: "default", variable: nil,
                file: nil, line: nil)
        }
    }

    private static func line(
        _ name: String, _ values: [String], _ source: String, variable: String? = nil, file: String? = nil,
        number: Int? = nil
    ) -> Line {
        Line(
            name: name, values: values, defaultValue: nil, source: source, variable: variable, file: file, line: number)
    }

    /// Options name files with secrets and hold none, but a URL may be given one.
    private static func hidden(_ value: String, of name: String) -> String {
        guard name == "login-url", (try? LoginPolicy.checked(mode: .http, url: value, hosts: [])) == nil else {
            return value
        }
        return "<hidden>"
    }
}
