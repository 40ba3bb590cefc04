import Foundation
import TestSupport

/// `docs/automation.md`: the recipes, exactly as they are printed.
struct AutomationPage {
    /// What the page has a command for.
    enum Recipe: String, CaseIterable {
        case curl, check, ansible, python
    }

    /// The page lacks what a test needs.
    struct Missing: Error, CustomStringConvertible {
        let description: String
    }

    /// The files that the page tells people to write, by name.
    let files: [String: String]
    private let commands: [String: String]

    /// Reads the page: blocks behind `<!-- file: NAME -->` and `<!-- run: NAME -->`.
    init() throws {
        let text = try String(contentsOfFile: RepositoryRoot.path("docs/automation.md"), encoding: .utf8)
        var blocks: [String: [String: String]] = ["file": [:], "run": [:]]
        for block in text.matches(of: /<!-- (file|run): (\S+) -->\n```\w*\n((?s:.*?\n))```\n/) {
            blocks[String(block.1), default: [:]][String(block.2)] = String(block.3)
        }
        files = blocks["file", default: [:]]
        commands = blocks["run", default: [:]]
    }

    /// The names of the commands.
    var recipes: Set<String> { Set(commands.keys) }

    /// The command of a recipe.
    ///
    /// - Throws: `Missing`.
    func command(_ recipe: Recipe) throws -> String {
        guard let command = commands[recipe.rawValue] else { throw Missing(description: "no command \(recipe)") }
        return command
    }

    /// Where the Python programs of `Tests/requirements.txt` are.
    ///
    /// - Throws: `Missing` when they are not installed.
    static func programs() throws -> String {
        let path = RepositoryRoot.path(".build/python/bin")
        guard FileManager.default.isExecutableFile(atPath: "\(path)/ansible-playbook") else {
            throw Missing(description: "there is no ansible-playbook in \(path): run scripts/python first")
        }
        return path
    }
}
