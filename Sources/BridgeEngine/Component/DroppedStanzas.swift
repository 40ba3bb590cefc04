/// Stanzas that ask for no answer and are none to a question of ours: the component drops them.
public struct DroppedStanzas: Sendable, Equatable {
    /// `<message/>`.
    public internal(set) var messages = 0
    /// `<presence/>`; a subscription is refused instead.
    public internal(set) var presence = 0
    /// `<iq/>` without a usable address or id, or with an answer to nothing, and elements that are no stanzas.
    public internal(set) var others = 0

    /// None.
    public init() {}

    /// Counts one of that name.
    mutating func count(_ name: XMLName) {
        switch name {
        case XMLName("message", in: XMPPNamespace.component): messages += 1
        case XMLName("presence", in: XMPPNamespace.component): presence += 1
        default: others += 1
        }
    }

    /// Adds what has been counted elsewhere.
    static func += (left: inout DroppedStanzas, right: DroppedStanzas) {
        left.messages += right.messages
        left.presence += right.presence
        left.others += right.others
    }
}
