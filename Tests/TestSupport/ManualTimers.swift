/// Time that stands still until it is told to go on, with the timers that wait in it.
///
/// ```swift
/// var timers = ManualTimers<String>()
/// timers.start("retry", .seconds(1))
/// timers.next()  // "retry"; `now` is 1 s
/// ```
public struct ManualTimers<Name: Hashable> {
    /// Since the beginning.
    public private(set) var now: Duration = .zero
    private var waiting: [(name: Name, due: Duration)] = []

    /// Time zero, without timers.
    public init() {}

    /// Starts a timer; one of the same name that still waits is replaced.
    public mutating func start(_ name: Name, _ delay: Duration) {
        cancel(name)
        waiting.append((name, now + delay))
    }

    /// Takes a timer away; nothing happens when there is none.
    public mutating func cancel(_ name: Name) {
        waiting.removeAll { $0.name == name }
    }

    /// When the next timer is due; nil where none waits.
    public var nextDue: Duration? { waiting.map(\.due).min() }

    /// Goes on to the next timer, the one first started where several are due at once, and takes it.
    public mutating func next() -> Name? {
        guard let due = nextDue, let index = waiting.firstIndex(where: { $0.due == due }) else { return nil }
        now = due
        return waiting.remove(at: index).name
    }

    /// Goes on to a moment at which, and before which, no timer is due; timers due at that moment still wait.
    public mutating func advance(to moment: Duration) {
        precondition(moment >= now && nextDue.map { $0 >= moment } ?? true, "a timer is due before")
        now = moment
    }
}
