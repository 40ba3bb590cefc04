/// What a handler says of an answer that stands: it would give the same one, but for the request's id, to the same request
/// on the same connection, until ``isCurrent`` says no.
///
/// Clients that poll ask the same thing over one connection thousands of times. Nothing needs to be read, proved or written
/// anew for them while nothing has changed.
struct Standing: Sendable {
    /// Whether it still is the answer. Called once the head of a request is there, on the server's threads; must not block.
    let isCurrent: @Sendable () -> Bool
    /// Takes note that it was given to one more request, after so many nanoseconds.
    let note: @Sendable (_ requestID: String, _ nanoseconds: UInt64) -> Void
}
