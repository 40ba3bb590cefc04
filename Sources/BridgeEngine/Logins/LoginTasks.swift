internal import NIOConcurrencyHelpers
internal import NIOCore

/// The logins that are being decided for one connection: a task for each, and one timer for all.
///
/// Belongs to one event loop. A verdict comes from its task's thread by way of ``Inbox``, so that a task which does not
/// end when it is cancelled holds nothing of the connection, and does not touch an event loop that may be gone.
final class LoginTasks {
    /// The verdicts that are on their way to the event loop.
    private struct Inbox {
        var verdicts: [(LoginRequests.Number, LoginVerdict)] = []
        /// Has the event loop look at the verdicts; nil before the first login, and after the end.
        var wake: (@Sendable () -> Void)?
    }

    private struct Running {
        let task: Task<Void, Never>
        /// Nil once it is over.
        var deadline: NIODeadline?
        let tell: (ComponentStream.Event) -> Void
    }

    private let handler: any LoginRequestHandler
    private let limit: TimeAmount
    private let eventLoop: any EventLoop
    private let inbox = NIOLockedValueBox(Inbox())
    private var running: [LoginRequests.Number: Running] = [:]
    private var timer: Scheduled<Void>?
    private var isOver = false

    /// - Parameter limit: how long each may take.
    init(_ handler: any LoginRequestHandler, limit: Duration, on eventLoop: any EventLoop) {
        self.handler = handler
        self.limit = TimeAmount(limit)
        self.eventLoop = eventLoop
    }

    /// Begins to decide about a login.
    /// - Parameter tell: gets the verdict, and before it the end of the time if that is sooner; on the event loop, and
    ///   never from inside this call.
    func decide(
        _ number: LoginRequests.Number, _ request: LoginRequest, tell: @escaping (ComponentStream.Event) -> Void
    ) {
        if isOver { return }
        if running.isEmpty { open() }
        let task = Task { [handler, inbox] in
            let verdict = await handler.verdict(on: request)
            inbox.withLockedValue { inbox in
                // Under the lock: once there is nobody to wake any more, the event loop is left alone.
                guard let wake = inbox.wake else { return }
                inbox.verdicts.append((number, verdict))
                if inbox.verdicts.count == 1 { wake() }
            }
        }
        running[number] = Running(task: task, deadline: eventLoop.now + limit, tell: tell)
        if timer == nil { startTimer() }
    }

    /// Ends all; nothing is told any more, and nothing more is begun.
    func cancel() {
        isOver = true
        timer?.cancel()
        timer = nil
        inbox.withLockedValue { $0 = Inbox() }
        for login in running.values { login.task.cancel() }
        running = [:]
    }

    private func open() {
        let (tasks, eventLoop) = (NIOLoopBound(self, eventLoop: eventLoop), eventLoop)
        inbox.withLockedValue { inbox in
            inbox.wake = { eventLoop.execute { tasks.value.empty() } }
        }
    }

    private func empty() {
        let verdicts = inbox.withLockedValue { inbox in
            defer { inbox.verdicts = [] }
            return inbox.verdicts
        }
        for (number, verdict) in verdicts {
            // What is told can lead to the end.
            running.removeValue(forKey: number)?.tell(.loginDecided(number, verdict))
        }
    }

    /// For whichever login's time is over first; others only begin later.
    private func startTimer() {
        guard let next = running.values.compactMap(\.deadline).min() else { return }
        timer = eventLoop.assumeIsolated().scheduleTask(deadline: next) {
            self.timer = nil
            self.endWhatIsDue()
            if self.timer == nil { self.startTimer() }
        }
    }

    private func endWhatIsDue() {
        let now = eventLoop.now
        let due = running.filter { $0.value.deadline.map { $0 <= now } ?? false }.keys.sorted()
        for number in due {
            guard let login = running[number] else { continue }
            running[number]?.deadline = nil
            login.task.cancel()
            login.tell(.loginTimedOut(number))
        }
    }
}
