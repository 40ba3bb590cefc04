/// Names one link of a bridge: an attempt, and the connection that it may become.
struct LinkID: Sendable, Hashable, Comparable {
    let number: UInt64

    static func < (left: LinkID, right: LinkID) -> Bool { left.number < right.number }
}
