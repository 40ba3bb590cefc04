internal import BridgeEngine
internal import Dispatch
internal import Glibc

/// Asks for passwords and secrets on the terminal.
enum TerminalPrompt {
    /// What is asked for.
    struct Subject: Sendable {
        /// As in "the password".
        let name: String
        /// The option that takes it from a file.
        let option: String

        static let password = Subject(name: "password", option: "--password-file")
        static let sharedSecret = Subject(name: "shared secret", option: "--shared-secret-file")
    }

    /// What the kernel takes in a line (`N_TTY_BUF_SIZE`).
    private static let longestLine = 4096

    /// Asks once, without an echo, for something that is in use already.
    /// - Throws: `StartError` where standard input is no terminal, or at the end of input.
    static func known(_ subject: Subject, question: String) throws(StartError) -> Secret {
        guard let answer = try withoutEcho(subject, { ask(question) }) else { throw none(subject) }
        return answer
    }

    /// Asks twice, without an echo, for something new.
    /// - Throws: `StartError` where standard input is no terminal, or the two differ.
    static func new(_ subject: Subject, question: String) throws(StartError) -> Secret {
        let (first, second) = try withoutEcho(subject) { (ask(question), ask("The same again: ")) }
        guard let first, let second else { throw none(subject) }
        guard first == second else { throw StartError("The two \(subject.name)s differ.") }
        return first
    }

    private static func none(_ subject: Subject) -> StartError { StartError("No \(subject.name) was given.") }

    private static func withoutEcho<Answer>(
        _ subject: Subject, _ questions: () -> Answer
    ) throws(StartError) -> Answer {
        var settings = termios()
        guard isatty(STDIN_FILENO) == 1, tcgetattr(STDIN_FILENO, &settings) == 0 else {
            throw StartError(
                """
                There is no terminal to ask for the \(subject.name) on: give \(subject.option) FILE, or - for standard \
                input.
                """)
        }
        let before = settings
        settings.c_lflag &= ~tcflag_t(ECHO)
        // Whoever ends the program at the prompt wants the echo back.
        let numbers = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]
        let sources = numbers.map { restore(before, on: $0) }
        defer {
            set(before)
            for source in sources { source.cancel() }
            for number in numbers { signal(number, SIG_DFL) }
        }
        set(settings)
        return questions()
    }

    private static func set(_ settings: termios) {
        var settings = settings
        // What was typed before the question is no answer to it; what is typed after a change of the echo stays.
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &settings)
    }

    /// Sets the terminal right when the signal comes, and then lets it do what it does. Returns once it is caught.
    private static func restore(_ settings: termios, on number: Int32) -> any DispatchSourceSignal {
        let source = DispatchSource.makeSignalSource(signal: number, queue: DispatchQueue.global())
        source.setEventHandler {
            set(settings)
            StandardStream.error.write("\n")
            // To this thread, which takes it: others have it blocked, so that Dispatch gets it.
            signal(number, SIG_DFL)
            var signals = sigset_t()
            sigemptyset(&signals)
            sigaddset(&signals, number)
            pthread_sigmask(SIG_UNBLOCK, &signals, nil)
            raise(number)
        }
        // Dispatch catches it some time after `activate`; with the echo off, an earlier one would leave it so.
        let isCaught = DispatchSemaphore(value: 0)
        source.setRegistrationHandler { isCaught.signal() }
        source.activate()
        isCaught.wait()
        return source
    }

    /// Reads a line; nil at the end of input.
    private static func ask(_ question: String) -> Secret? {
        StandardStream.error.write(question)
        defer { StandardStream.error.write("\n") }
        var line = [UInt8](repeating: 0, count: longestLine)
        defer { line.withUnsafeMutableBytes { if let base = $0.baseAddress { explicit_bzero(base, $0.count) } } }
        // The terminal hands over whole lines.
        var count = read(STDIN_FILENO, &line, line.count)
        while count < 0, errno == EINTR { count = read(STDIN_FILENO, &line, line.count) }
        guard count > 0 else { return nil }
        let end = line[count - 1] == UInt8(ascii: "\n") ? count - 1 : count
        return Secret(line[..<end])
    }
}
