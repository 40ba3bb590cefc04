import Foundation
import TestSupport
import Testing

/// The completion scripts of shells.
@Suite struct CompletionTests {
    private let scratch: ScratchDirectory

    init() throws {
        scratch = try ScratchDirectory("completion")
        let script = try APIServerRun(["--generate-completion-script", "bash"], in: scratch)
        try #require(script.exit == .code(0))
        try scratch.write(script.output, to: "bash")
    }

    private func bash(_ arguments: String...) throws -> String {
        let process = try ServerProcess("bash", .init("/bin/bash", arguments), in: scratch)
        guard try process.waitForExit() == .code(0) else { throw process.failure("failed") }
        return process.log
    }

    @Test func `bash reads its script`() throws {
        #expect(try bash("-n", scratch.file("bash")).isEmpty)
    }

    @Test(arguments: [
        ("stat", "status"), ("status --wait ", "connected settled"), ("status --pass", "--password-file"),
        ("server-config ", "prosody ejabberd"), ("brid", "bridge-user"), ("bridge-user s", "set-password"),
        ("bridge-user add --pass", "--password-file"), ("bridge-user list --database @/sec", "@/secret"),
        ("configure --shared-secret-file @/sec", "@/secret"),
        ("serve --xmpp-ca-file @/sec", "@/secret"), ("serve --log-level w", "warning"), ("backup @/sec", "@/secret"),
    ]) func `bash completes commands, values and files`(typed: String, completed: String) throws {
        try scratch.write("x", to: "secret")
        let line = "api-server \(typed)".replacing("@/", with: scratch.path + "/")
        // As bash calls the function when somebody types Tab at the end of the line.
        let output = try bash(
            "-c",
            """
            source "$0"
            COMP_LINE=$1
            read -r -a COMP_WORDS <<<"$1"
            [[ $1 != *' ' ]] || COMP_WORDS+=('')
            COMP_POINT=${#COMP_LINE}
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            function=$(complete -p api-server)
            function=${function##*-F }
            "${function%% *}" api-server "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
            printf '%s\\n' "${COMPREPLY[@]}"
            """, scratch.file("bash"), line)
        let words = output.split(whereSeparator: \.isWhitespace).map(String.init)
        #expect(words.joined(separator: " ") == completed.replacing("@/", with: scratch.path + "/"))
    }

    @Test(arguments: [("zsh", "#compdef api-server"), ("fish", "complete -c 'api-server'")])
    func `other shells have one too`(shell: String, words: String) throws {
        let script = try APIServerRun(["--generate-completion-script", shell], in: scratch)
        #expect(script.exit == .code(0))
        #expect(script.output.contains(words))
    }
}
