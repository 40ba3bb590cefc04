/// Something that happened in an attempt, as a ``DiallingPlan`` sees it; ``AttemptRecorder`` makes the report of it.
enum AttemptFact: Sendable, Equatable {
    /// What goes through one step after the other.
    enum Part: Sendable, Hashable {
        /// The look-up of the SRV records.
        case service
        /// The look-ups of a target's addresses.
        case addresses(DiallingPlan.DialID)
        /// A connection.
        case connection(DiallingPlan.ConnectionID)
    }

    /// A step begins, for that server at that address.
    case began(Part, ConnectionStep, DialTarget?, Endpoint?)
    /// The SRV records, in the order in which they are tried.
    case sawRecords([SRVRecord])
    /// Addresses of one family.
    case sawAddresses(DiallingPlan.DialID, [IPAddress])
    /// The step that is under way has ended: well, or with a failure.
    case ended(Part, BridgeFailure?)
    /// Nothing more is wanted of it.
    case dropped(Part)
}
