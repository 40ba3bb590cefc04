/// A look-up that is under way. Dropping it does not end it: it completes all the same.
public protocol LookUp: Sendable {
    /// Ends the look-up. Its completion gets a ``LookUpFailure`` of kind `cancelled` without delay, unless it has its
    /// result already; other look-ups go on. May be called from any thread, more than once, and after the end.
    func cancel()
}
