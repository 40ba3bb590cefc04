internal import Foundation
internal import Glibc
internal import NIOConcurrencyHelpers

/// A program that a test starts, watches and ends, always by its own process id.
///
/// What it prints (both outputs) goes to a file. It ends with the object, and with the process that runs the tests.
/// All methods block the calling thread, and may be called from several threads.
public final class ServerProcess: Sendable {
    /// How to start the program.
    public struct Command: Sendable {
        /// Absolute path of the executable; `PATH` is not searched.
        public var executable: String
        /// Arguments, without the program's own name.
        public var arguments: [String]
        /// Added to this process's environment, or replacing what is there.
        public var environment: [String: String]
        /// Where standard input comes from.
        public var input: Input

        /// Describes a command.
        public init(
            _ executable: String, _ arguments: [String] = [], environment: [String: String] = [:],
            input: Input = .nothing
        ) {
            self.executable = executable
            self.arguments = arguments
            self.environment = environment
            self.input = input
        }
    }

    /// Where a program's standard input comes from.
    public enum Input: Sendable, Equatable {
        /// `/dev/null`.
        case nothing
        /// A file with this absolute path.
        case file(String)
        /// Stays open, and silent unless `send` is called, until the program has ended.
        case open
    }

    /// How a program ended.
    public enum Exit: Sendable, Equatable {
        /// By itself, with this status.
        case code(Int32)
        /// By this signal.
        case signal(Int32)
    }

    /// Why a program did not do what the test waited for, with the end of its log.
    public struct Failure: Error, CustomStringConvertible {
        /// The name given to the process.
        public let name: String
        /// What went wrong, one sentence.
        public let problem: String
        /// The last lines that the program printed.
        public let logTail: String

        /// Sentence and log, for the test's report.
        public var description: String { "\(name): \(problem)\n--- end of its log ---\n\(logTail)\n---" }
    }

    private struct Run {
        var id: pid_t = 0
        var exit: Exit?
        var inputEnd: Int32 = -1
        /// Length of the log when this run began.
        var logStart: UInt64 = 0
    }

    /// A short name for messages.
    public let name: String
    /// The file that holds what the program printed, of all runs.
    public let logPath: String
    private let command: Command
    private let scratch: ScratchDirectory
    private let run = NIOLockedValueBox(Run(exit: .code(0)))
    private let token: NIOLockedValueBox<ExitCleanup.Token?> = .init(nil)

    /// Starts the program.
    ///
    /// - Parameters:
    ///   - name: a short name for messages.
    ///   - command: what to start.
    ///   - scratch: gets the file `NAME.log` with both outputs, and is kept while this object is.
    /// - Throws: `Failure` when it cannot be started.
    public init(_ name: String, _ command: Command, in scratch: ScratchDirectory) throws {
        self.name = name
        self.command = command
        self.scratch = scratch
        logPath = scratch.file("\(name.replacing(" ", with: "-")).log")
        try start()
        token.withLockedValue { token in
            token = ExitCleanup.register { [run] in Self.end(run, grace: .zero) }
        }
    }

    deinit {
        Self.end(run, grace: .seconds(2))
        if let token = token.withLockedValue({ $0 }) { ExitCleanup.unregister(token) }
    }

    /// The id of the running, or last run, process.
    public var processID: Int32 { run.withLockedValue { $0.id } }

    /// How the last run ended; nil while the program runs.
    public var exit: Exit? { run.withLockedValue { Self.reap(&$0) } }

    /// Everything that the program printed, in all runs.
    public var log: String { String(decoding: FileManager.default.contents(atPath: logPath) ?? Data(), as: UTF8.self) }

    /// What the program printed since it was last started.
    public var logOfThisRun: String {
        let start = run.withLockedValue { $0.logStart }
        let contents = FileManager.default.contents(atPath: logPath) ?? Data()
        return String(decoding: contents.dropFirst(Int(start)), as: UTF8.self)
    }

    /// Starts the program again after its end; on the same ports, as its arguments are the same.
    ///
    /// - Throws: `Failure` when it still runs or cannot be started.
    public func restart() throws {
        guard exit != nil else { throw failure("was to be started again, but still runs") }
        try start()
    }

    // MARK: Waiting

    /// Waits until the process itself listens on all these TCP ports.
    ///
    /// A listener of another process does not count. Nothing is sent to the ports.
    /// - Throws: `Failure` when the process ends first or the time is up.
    public func waitUntilListening(on ports: [UInt16], within limit: Duration = .seconds(30)) throws {
        try wait(limit, "did not listen on \(ports.map(String.init).joined(separator: ", "))") {
            let listeners = ports.map { SocketTable.listeners(on: $0) }
            guard listeners.allSatisfy({ !$0.isEmpty }) else { return false }
            // Another user's process does not show its sockets: then any listener on the port has to do.
            guard let own = SocketTable.sockets(ofProcess: self.processID) else { return true }
            return listeners.allSatisfy { !$0.isDisjoint(with: own) }
        }
    }

    /// Waits until the current run's output contains a text.
    ///
    /// - Throws: `Failure` when the process ends without it or the time is up.
    public func waitForLog(containing text: String, within limit: Duration = .seconds(15)) throws {
        try wait(limit, "did not print \"\(text)\"") { self.logOfThisRun.contains(text) }
    }

    /// Waits for the end of the process.
    ///
    /// - Throws: `Failure` when the time is up; the process then still runs.
    @discardableResult
    public func waitForExit(within limit: Duration = .seconds(15)) throws -> Exit {
        guard let exit = Self.waitForExit(run, within: limit) else { throw failure("did not end within \(limit)") }
        return exit
    }

    // MARK: Ending and disturbing

    /// Asks the process to end (SIGTERM), and forces it (SIGKILL) when it takes longer than the limit.
    ///
    /// - Returns: how it ended; `.signal(SIGKILL)` when it had to be forced.
    @discardableResult
    public func stop(within limit: Duration = .seconds(10)) -> Exit { Self.end(run, grace: limit) }

    /// Sends a signal to the process, if it still runs.
    public func send(signal: Int32) { run.withLockedValue { Self.send(signal, &$0) } }

    /// Ends the process at once (SIGKILL) and waits until it has gone.
    public func kill() { Self.end(run, grace: .zero) }

    /// Stops the process from doing anything (SIGSTOP): its ports still take connections, nobody answers.
    ///
    /// One thread hears of it first and stops the others: until then, on a busy machine, they may still answer.
    public func freeze() {
        send(signal: SIGSTOP)
        let id = run.withLockedValue { $0.id }
        let limit = ContinuousClock.now + .seconds(10)
        while !Self.isStopped(id), ContinuousClock.now < limit { Self.pause() }
    }

    /// Whether each thread of a process is stopped (proc(5): the state behind the name in brackets), or none is left.
    private static func isStopped(_ id: pid_t) -> Bool {
        let tasks = "/proc/\(id)/task"
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: tasks)) ?? []
        return threads.allSatisfy { thread in
            let line = (try? String(contentsOfFile: "\(tasks)/\(thread)/stat", encoding: .utf8)) ?? ""
            guard let name = line.lastIndex(of: ")") else { return true }
            return line[name...].dropFirst(2).first == "T"
        }
    }

    /// Lets a frozen process go on (SIGCONT).
    public func thaw() { send(signal: SIGCONT) }

    /// Writes bytes, a few kilobytes at most, to the program's standard input, which must be `.open`.
    ///
    /// - Throws: `Failure` when it is not, or the program does not read it.
    public func send(_ bytes: [UInt8]) throws {
        let sent = run.withLockedValue { run in
            bytes.withUnsafeBytes {
                Glibc.send(run.inputEnd, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
            }
        }
        guard sent == bytes.count else { throw failure("does not take input") }
    }

    /// Gives way for a moment between two looks at something that gives no notice of itself.
    public static func pause(milliseconds: Int32 = 10) { poll(nil, 0, milliseconds) }

    /// An error about this process that carries the end of its log.
    public func failure(_ problem: String) -> Failure {
        let tail = log.split(separator: "\n", omittingEmptySubsequences: false).suffix(25).joined(separator: "\n")
        return Failure(name: name, problem: problem, logTail: tail)
    }
}

// MARK: - The process itself

extension ServerProcess {
    private func wait(_ limit: Duration, _ problem: String, until condition: () throws -> Bool) throws {
        let deadline = ContinuousClock.now + limit
        while true {
            // In this order: what a process did right before its end counts.
            let exit = self.exit
            if try condition() { return }
            if let exit { throw failure("\(problem): it ended, \(exit)") }
            guard ContinuousClock.now < deadline else { throw failure("\(problem) within \(limit)") }
            Self.pause()
        }
    }

    private static func waitForExit(_ run: NIOLockedValueBox<Run>, within limit: Duration) -> Exit? {
        let deadline = ContinuousClock.now + limit
        while true {
            if let exit = run.withLockedValue({ reap(&$0) }) { return exit }
            guard ContinuousClock.now < deadline else { return nil }
            pause()
        }
    }

    @discardableResult
    private static func end(_ run: NIOLockedValueBox<Run>, grace: Duration) -> Exit {
        if grace > .zero {
            run.withLockedValue { run in
                send(SIGTERM, &run)
                send(SIGCONT, &run)  // a frozen process takes no SIGTERM
            }
        }
        if let exit = waitForExit(run, within: grace) { return exit }
        run.withLockedValue { send(SIGKILL, &$0) }
        // Only a process that hangs in the kernel survives this.
        return waitForExit(run, within: .seconds(30)) ?? .signal(SIGKILL)
    }

    /// Sends a signal only while the process has not been waited for: until then its id cannot be another's.
    private static func send(_ signal: Int32, _ run: inout Run) {
        if reap(&run) == nil { _ = Glibc.kill(run.id, signal) }
    }

    /// Notes the end of the process, without waiting for it.
    @discardableResult
    private static func reap(_ run: inout Run) -> Exit? {
        if let exit = run.exit { return exit }
        var status: Int32 = 0
        guard waitpid(run.id, &status, WNOHANG) == run.id else { return nil }
        // The macros of wait(2): the low seven bits are the signal, the second byte the exit status.
        let signal = status & 0x7f
        run.exit = signal == 0 ? .code((status >> 8) & 0xff) : .signal(signal)
        if run.inputEnd >= 0 { close(run.inputEnd) }
        run.inputEnd = -1
        return run.exit
    }

    private func start() throws {
        let attributes = try? FileManager.default.attributesOfItem(atPath: logPath)
        let logStart = (attributes?[.size] as? NSNumber)?.uint64Value ?? 0

        var ends: [Int32] = [-1, -1]
        // No pipe: writing to one whose reader has gone would raise SIGPIPE here.
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        if command.input == .open, socketpair(AF_UNIX, type, 0, &ends) != 0 {
            throw failure("has no input: \(errorText(errno))")
        }
        defer { if ends[0] >= 0 { close(ends[0]) } }

        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        switch command.input {
        case .nothing: posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        case .file(let path): posix_spawn_file_actions_addopen(&actions, 0, path, O_RDONLY, 0)
        case .open: posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
        }
        posix_spawn_file_actions_addopen(&actions, 1, logPath, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        // A server must not keep a test's sockets open. Closing what is not open is no error here.
        for descriptor in 3...max(3, highestDescriptor()) {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }

        // Signals as a shell would leave them, whatever the test runner ignores or blocks.
        var spawnAttributes = posix_spawnattr_t()
        posix_spawnattr_init(&spawnAttributes)
        defer { posix_spawnattr_destroy(&spawnAttributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&spawnAttributes, &signals)
        for signal in [SIGINT, SIGTERM, SIGPIPE, SIGHUP, SIGCHLD] { sigaddset(&signals, signal) }
        posix_spawnattr_setsigdefault(&spawnAttributes, &signals)
        posix_spawnattr_setflags(&spawnAttributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

        let environment = ProcessInfo.processInfo.environment.merging(command.environment) { $1 }
        var arguments = ([command.executable] + command.arguments).map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for text in arguments + variables { free(text) } }

        var id: pid_t = 0
        let error = posix_spawn(&id, command.executable, &actions, &spawnAttributes, &arguments, &variables)
        guard error == 0 else {
            if ends[1] >= 0 { close(ends[1]) }
            throw failure("\(command.executable) cannot be started: \(errorText(error))")
        }
        run.withLockedValue { $0 = Run(id: id, inputEnd: ends[1], logStart: logStart) }
    }

    private func highestDescriptor() -> Int32 {
        let open = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        return open?.compactMap { Int32($0) }.max() ?? 255
    }

    private func errorText(_ code: Int32) -> String { String(cString: strerror(code)) }
}
