/// Names one link of a bridge: an attempt, and the connection that it may become.
struct LinkID: Sendable, Hashable {
    let number: UInt64
}
