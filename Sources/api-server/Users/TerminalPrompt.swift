internal import BridgeEngine
internal import Dispatch
internal import Glibc

/// Asks for a new password on the terminal.
enum TerminalPrompt {
    /// What the kernel takes in a line (`N_TTY_BUF_SIZE`).
    private static let longestLine = 4096

    /// Asks twice, without an echo.
    /// - Throws: `StartError` where standard input is no terminal, or the two differ.
    static func newPassword(for name: String) throws(StartError) -> Secret {
        var settings = termios()
        guard isatty(STDIN_FILENO) == 1, tcgetattr(STDIN_FILENO, &settings) == 0 else {
            throw StartError(
                "There is no terminal to ask for the password on: give --password-file FILE, or - for standard input.")
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
        let first = ask("New password for \(LogText.escaped(name)): ")
        let second = ask("The same again: ")
        guard let first, let second else { throw StartError("No password was given.") }
        guard first == second else { throw StartError("The two passwords differ.") }
        return first
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
