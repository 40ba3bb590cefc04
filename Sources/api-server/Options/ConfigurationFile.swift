internal import ArgumentParser
internal import BridgeEngine
internal import Glibc
internal import Yams

/// A file that gives options of `serve`, each by its long name: YAML, or JSON, which is a part of it.
struct ConfigurationFile {
    /// What the file says of one option.
    struct Entry: Equatable {
        let name: String
        /// None for an empty value, which counts for nothing.
        let values: [String]
        let isList: Bool
        /// From 1.
        let line: Int
    }

    /// The option that names it.
    static let option = "config"
    /// Where it is looked for when nothing names one.
    static let standardPaths = ["/etc/callbridge/api-server.yaml", "/etc/callbridge/api-server.json"]
    /// A line is some hundred bytes; a file of this size is something else.
    private static let mostBytes = 1 << 20

    let path: String
    /// In the order of the file, each name once.
    let entries: [Entry]

    /// Reads a file.
    /// - Throws: `StartError` where it can't be read; `ValidationError`, with the line, where it is not made of names
    ///   and values.
    init(_ path: String) throws {
        let file = try NamedFile(path, option: "--\(Self.option)")
        guard file.bytes.count <= Self.mostBytes else {
            throw StartError("--\(Self.option) \(path): the file is too large.")
        }
        guard let text = String(validating: file.bytes, as: UTF8.self) else {
            throw ValidationError("\(path): It is not UTF-8.")
        }
        try self.init(path: path, text: text)
    }

    /// The same for a text that is there already.
    init(path: String, text: String) throws {
        self.path = path
        do {
            // Without a resolver's ideas of numbers and dates: values stay as they are written.
            guard let root = try compose(yaml: text), !Self.isEmpty(root) else {
                entries = []
                return
            }
            guard let mapping = root.mapping else {
                throw ValidationError(
                    "\(path):\(Self.line(root)): It is not made of names and values, as in 'threads: 4'.")
            }
            entries = try mapping.map { try Self.entry($0, $1, path) }
        } catch let error as YamlError {
            throw ValidationError("\(path)\(Self.words(error))")
        }
    }

    /// The one of the paths that is there; nil where there is none.
    /// - Throws: `ValidationError` where more are: it would not be clear which counts; `StartError` where that can't be seen.
    static func present(of paths: [String]) throws -> String? {
        let present = try paths.filter(isThere)
        guard present.count < 2 else {
            let names = present.joined(separator: " and ")
            throw ValidationError("There are \(names): remove one, or name one with --\(option).")
        }
        return present.first
    }

    /// Whether there is something of that name, which may be a link to nothing. One that can't be reached does not count as
    /// missing: what it says would be passed over in silence.
    /// - Throws: `StartError`.
    static func isThere(_ path: String) throws(StartError) -> Bool {
        var status = stat()
        guard lstat(path, &status) != 0 else { return true }
        let number = errno
        guard number == ENOENT || number == ENOTDIR else {
            throw StartError("--\(option) \(path): \(SystemError.text(number)).")
        }
        return false
    }

    private static func entry(_ key: Node, _ value: Node, _ path: String) throws -> Entry {
        let place = "\(path):\(line(key))"
        guard let name = key.string else { throw ValidationError("\(place): A name is a word, as in 'threads: 4'.") }
        if isEmpty(value) { return Entry(name: name, values: [], isList: false, line: line(key)) }
        if let text = value.scalar?.string { return Entry(name: name, values: [text], isList: false, line: line(key)) }
        guard let nodes = value.sequence else {
            throw ValidationError("\(place): \(name): It is a value or a list of values.")
        }
        let values = try nodes.map { node in
            guard let text = node.scalar?.string, !isEmpty(node) else {
                throw ValidationError("\(path):\(line(node)): \(name): It is a list of values.")
            }
            return text
        }
        return Entry(name: name, values: values, isList: true, line: line(key))
    }

    /// Whether it is nothing at all, `~` or `null`; a quoted "null" is a word.
    private static func isEmpty(_ node: Node) -> Bool { node.null != nil }

    private static func line(_ node: Node) -> Int { node.mark?.line ?? 1 }

    /// What is wrong, without the text around it, which the library adds.
    private static func words(_ error: YamlError) -> String {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            return ":\(mark.line):\(mark.column): It is not valid YAML: \(problem)."
        case .duplicatedKeysInMapping(let names, let context):
            return ":\(context.mark.line): \(names.joined(separator: ", ")): It is there more than once."
        case .reader(let problem, _, _, _): return ": It is not valid YAML: \(problem)."
        default: return ": It is not valid YAML."
        }
    }
}
