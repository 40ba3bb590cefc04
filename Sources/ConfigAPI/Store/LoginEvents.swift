internal import BridgeEngine

/// Makes few events of many logins. Pure.
///
/// What repeats within a minute is one event, with a count. Of each kind at most ``mostNames`` events are open at a time;
/// what comes beyond that is counted in events without a name, of which there is one for each reason and door. So memory
/// and rows are bounded whoever tries whatever names, and no login is lost from the counts.
///
/// An event is written twice at most, but for those who look in between: soon after its first login, and with the last
/// count after its minute.
struct LoginEvents {
    /// What the logins have in common that are one event.
    struct Key: Sendable, Hashable {
        let kind: Event.Kind
        let reason: String?
        let door: LoginDoor
        /// nil: those that have no event of their own.
        let name: String?
        let requester: Requester?
    }

    /// What is to be written.
    struct Row: Sendable, Equatable {
        /// Counts the events of this run.
        let number: Int
        /// The number of the row in the database, once it has one.
        var id: Int64?
        let event: Event
    }

    private struct Entry {
        let key: Key
        var event: Event
        /// When its minute is over.
        let end: ContinuousClock.Instant
        /// The number of its row.
        var id: Int64?
        /// The count in its row.
        var stored = 0

        var isStored: Bool { stored == event.count }
    }

    /// In which time the same is one event.
    static let window = Duration.seconds(60)
    /// How many names of each kind have events of their own at a time.
    static let mostNames = 1000
    /// The longest name in an event, in bytes.
    static let longestName = 255

    /// By the number of the event: those that are open, and those that are over and not stored yet.
    private var entries: [Int: Entry] = [:]
    /// The numbers of those that count what comes.
    private var open: [Key: Int] = [:]
    /// How many of the open ones have a name.
    private var names: [Event.Kind: Int] = [:]
    private var lastNumber = 0

    /// Whether there is nothing to be written, now or later.
    var isEmpty: Bool { entries.isEmpty }
    /// How many events are kept in memory.
    var count: Int { entries.count }

    /// Adds a login.
    /// - Parameter requester: who has asked over the API; nil: the XMPP server has.
    mutating func note(
        _ report: LoginReport, askedBy requester: Requester?, at time: Timestamp, now: ContinuousClock.Instant
    ) {
        let own = Key(report, askedBy: requester)
        let key = open[own] != nil || names[own.kind, default: 0] < Self.mostNames ? own : own.withoutName
        if let number = open[key] {
            entries[number]?.event.count += 1
            entries[number]?.event.lastAt = time
            return
        }
        lastNumber += 1
        open[key] = lastNumber
        entries[lastNumber] = Entry(key: key, event: key.event(at: time), end: now + Self.window)
        if key.name != nil { names[key.kind, default: 0] += 1 }
    }

    /// Ends the events whose minute is over, and forgets those of them that are stored.
    ///
    /// As long as some that are over could not be stored, the others go on: the memory for those has to last.
    mutating func close(at now: ContinuousClock.Instant) {
        guard entries.count == open.count else { return }
        for (number, entry) in entries where entry.end <= now {
            open[entry.key] = nil
            if entry.key.name != nil { names[entry.key.kind, default: 0] -= 1 }
            if entry.isStored { entries[number] = nil }
        }
    }

    /// Whether anything is to be written.
    /// - Parameter all: also the counts of events that are still open, for somebody who looks.
    func hasDue(all: Bool) -> Bool {
        entries.contains { isDue($0, $1, all: all) }
    }

    /// What is to be written, in the order of the first logins.
    func due(all: Bool) -> [Row] {
        entries.filter { isDue($0, $1, all: all) }.sorted { $0.key < $1.key }.map {
            Row(number: $0, id: $1.id, event: $1.event)
        }
    }

    private func isDue(_ number: Int, _ entry: Entry, all: Bool) -> Bool {
        entry.id == nil || !entry.isStored && (all || open[entry.key] != number)
    }

    /// Rows are in the database.
    mutating func stored(_ rows: [Row]) {
        for row in rows {
            guard var entry = entries[row.number] else { continue }
            entry.id = row.id
            entry.stored = row.event.count
            entries[row.number] = entry.isStored && open[entry.key] != row.number ? nil : entry
        }
    }
}

extension LoginEvents.Key {
    init(_ report: LoginReport, askedBy requester: Requester?) {
        kind =
            switch report.verdict.outcome {
            case .accepted: .loginAccepted
            case .refused: .loginRefused
            case .failed: .loginFailed
            }
        reason = report.verdict.reason
        door = requester == nil ? .xmpp : .api
        name = VisibleText.shown("\(report.username)@\(report.host)", limit: LoginEvents.longestName)
        self.requester = requester
    }

    fileprivate init(_ key: Self) {
        (kind, reason, door, name, requester) = (key.kind, key.reason, key.door, nil, nil)
    }

    /// Where what has no event of its own is counted.
    fileprivate var withoutName: Self { Self(self) }

    /// The first of them.
    fileprivate func event(at time: Timestamp) -> Event {
        var event = Event(kind, at: time)
        event.requester = requester
        event.name = name
        event.reason = reason
        event.door = door
        return event
    }
}
