/// An observation of a bridge's status; see ``Bridge/observe(_:)``.
public struct StatusObservation: Sendable {
    private let end: @Sendable () -> Void

    init(end: @escaping @Sendable () -> Void) {
        self.end = end
    }

    /// Ends the observation. A call that is under way already may still come to its end afterwards.
    public func cancel() { end() }
}
