/// What the resolver's thread does in one turn. Confined to that thread.
struct ResolverLoop {
    private let settings: ResolverSettings
    private let live: LiveCount
    private var active: [ActiveLookUp] = []
    /// Those for which there is no room yet, oldest first.
    private var waiting: ArraySlice<PendingLookUp> = []
    private var sockets = PollSet()
    /// For each of `active`: where its sockets stand in `sockets`, and when c-ares wants to be called for time.
    private var watched: [(sockets: Range<Int>, due: ContinuousClock.Instant?)] = []

    init(settings: ResolverSettings, live: LiveCount) {
        self.settings = settings
        self.live = live
    }

    /// Takes new look-ups; what needs no DNS is answered at once.
    mutating func accept(_ lookUps: [PendingLookUp]) {
        for lookUp in lookUps {
            if let result = lookUp.question.immediateResult {
                lookUp.claim(result)
                lookUp.deliver()
            } else {
                waiting.append(lookUp)
            }
        }
    }

    /// Ends and delivers whatever has its result or is over its limit, and starts what there is room for.
    mutating func settle() {
        let now = ContinuousClock.now
        var finished: [PendingLookUp] = []
        active.removeAll { entry in
            guard entry.settle(now: now) else { return false }
            entry.close()
            finished.append(entry.lookUp)
            return true
        }
        waiting.removeAll { lookUp in
            if now >= lookUp.deadline {
                lookUp.claim(
                    .failure(
                        LookUpFailure(
                            kind: .timedOut,
                            detail: "the look-up of \(lookUp.question.name) was not begun within \(settings.limit):"
                                + " too many others")))
            }
            guard lookUp.isClaimed else { return false }
            finished.append(lookUp)
            return true
        }
        while active.count < settings.mostActive, let lookUp = waiting.popFirst() {
            let entry = ActiveLookUp(lookUp, settings: settings, live: live)
            // From the hosts file, or refused at once.
            if entry.settle(now: now) {
                entry.close()
                finished.append(lookUp)
            } else {
                active.append(entry)
            }
        }
        // Last: a completion may start or cancel look-ups, and those come through the inbox.
        for lookUp in finished { lookUp.deliver() }
    }

    /// Waits for an answer, for the next deadline, or for `wakeUp`.
    mutating func wait(wakeUp: WakeUpDescriptor) {
        let now = ContinuousClock.now
        sockets.removeAll()
        watched.removeAll(keepingCapacity: true)
        let wakeUpIndex = sockets.count
        sockets.add(wakeUp.descriptor, read: true, write: false)
        var next: ContinuousClock.Instant? = waiting.lazy.map(\.deadline).min()
        for entry in active {
            let first = sockets.count
            entry.channel?.forEachDescriptor { sockets.add($0, read: $1, write: $2) }
            let due = entry.channel?.nextTimeout.map { now + $0 }
            watched.append((first..<sockets.count, due))
            next = [next, due, entry.lookUp.deadline].compactMap(\.self).min()
        }
        let failure = sockets.wait(atMost: next.map { max(.zero, $0 - ContinuousClock.now) })
        if failure != 0 {
            // Not seen, and not to be waited out either: it would be a busy loop.
            for entry in active { entry.fail("waiting for the DNS sockets failed (errno \(failure))") }
        }
        if sockets.readiness(at: wakeUpIndex).read { wakeUp.clear() }
    }

    /// Lets c-ares read, write and do what is due, after ``wait(wakeUp:)``.
    mutating func process() {
        let now = ContinuousClock.now
        for (entry, watch) in zip(active, watched) {
            for index in watch.sockets {
                let ready = sockets.readiness(at: index)
                guard ready.read || ready.write else { continue }
                entry.channel?.process(
                    readable: ready.read ? ready.descriptor : nil, writable: ready.write ? ready.descriptor : nil)
            }
            if let due = watch.due, due <= now { entry.channel?.process() }
        }
        watched.removeAll(keepingCapacity: true)
    }

    /// Ends everything: what has no result yet is cancelled.
    mutating func finish() {
        let lookUps = active.map(\.lookUp) + waiting
        for entry in active { entry.close() }
        active = []
        waiting = []
        for lookUp in lookUps {
            lookUp.claim(.failure(ResolverThread.shutDown))
            lookUp.deliver()
        }
    }
}
