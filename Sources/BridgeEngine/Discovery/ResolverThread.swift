internal import CAres
internal import Glibc
internal import NIOConcurrencyHelpers

/// The resolver's own thread, and the way to it: an inbox under a lock, and a descriptor that wakes it.
///
/// It sleeps in `poll` until an answer, a deadline or a message comes; without look-ups it does not wake at all.
final class ResolverThread: Sendable {
    /// What a look-up gets that was pending, or came, when the resolver was shut down.
    static let shutDown = LookUpFailure(kind: .cancelled, detail: "the resolver was shut down")

    private struct Inbox {
        var submitted: [PendingLookUp] = []
        var cancelled: [PendingLookUp] = []
        var isStopping = false
        /// The thread while it has to be joined or detached.
        var handle: pthread_t?
    }

    /// How many contexts c-ares holds; for tests.
    let live = LiveCount()
    private let settings: ResolverSettings
    private let wakeUp: WakeUpDescriptor
    private let inbox = NIOLockedValueBox(Inbox())

    /// Starts the thread. It ends by ``stop()`` only, and keeps this object until then.
    init(settings: ResolverSettings) throws(ResolverStartError) {
        self.settings = settings
        self.wakeUp = try WakeUpDescriptor()
        let code = start()
        guard code == 0 else { throw ResolverStartError(doing: "start the DNS thread", errno: code) }
    }

    /// Hands a look-up over.
    ///
    /// - Returns: false once the thread is stopping: it will not look at it.
    func submit(_ lookUp: PendingLookUp) -> Bool {
        let taken = inbox.withLockedValue { inbox in
            guard !inbox.isStopping else { return false }
            inbox.submitted.append(lookUp)
            return true
        }
        if taken { wakeUp.signal() }
        return taken
    }

    /// Says that a look-up's cancellation has been claimed and is to be delivered. While stopping nothing needs to be
    /// said: the thread delivers all it has before it ends.
    func cancelled(_ lookUp: PendingLookUp) {
        let taken = inbox.withLockedValue { inbox in
            guard !inbox.isStopping else { return false }
            inbox.cancelled.append(lookUp)
            return true
        }
        if taken { wakeUp.signal() }
    }

    /// Ends the thread and waits for its end; all look-ups have been completed by then. The second call does nothing.
    /// On the resolver's thread itself (from a completion) it cannot wait: the thread then ends after that completion.
    func stop() {
        let handle: pthread_t? = inbox.withLockedValue { inbox in
            inbox.isStopping = true
            defer { inbox.handle = nil }
            return inbox.handle
        }
        guard let handle else { return }
        wakeUp.signal()
        if pthread_equal(handle, pthread_self()) != 0 {
            pthread_detach(handle)
        } else {
            pthread_join(handle, nil)
        }
    }

    private func run() {
        var loop = ResolverLoop(settings: settings, live: live)
        while true {
            let messages = inbox.withLockedValue { inbox in
                defer {
                    inbox.submitted = []
                    inbox.cancelled = []
                }
                return inbox
            }
            for lookUp in messages.cancelled { lookUp.deliver() }
            loop.accept(messages.submitted)
            if messages.isStopping { break }
            loop.settle()
            loop.wait(wakeUp: wakeUp)
            loop.process()
        }
        loop.finish()
    }

    /// - Returns: 0 or the error of `pthread_create`.
    private func start() -> Int32 {
        // All signals stay with the process's other threads; c-ares' TCP writes must not raise SIGPIPE either. A new
        // thread inherits the mask, so there is no moment at which it is open.
        var all = sigset_t()
        var previous = sigset_t()
        sigfillset(&all)
        pthread_sigmask(SIG_BLOCK, &all, &previous)
        defer { pthread_sigmask(SIG_SETMASK, &previous, nil) }

        // The reference is given back by the thread, which takes it over when it starts, or here when it cannot.
        let reference = Unmanaged.passRetained(self)
        return inbox.withLockedValue { inbox in
            var handle = pthread_t()
            let code = pthread_create(&handle, nil, Self.main, reference.toOpaque())
            if code == 0 {
                inbox.handle = handle
            } else {
                reference.release()
            }
            return code
        }
    }

    /// Runs on the new thread: owns one reference to the object until the thread ends.
    private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { pointer in
        callbridge_name_thread("callbridge-dns")
        if let pointer { Unmanaged<ResolverThread>.fromOpaque(pointer).takeRetainedValue().run() }
        return nil
    }
}
