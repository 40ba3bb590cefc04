/// What a server has to do at one moment, and what it has had to do since its start.
struct HTTPServerLoad: Sendable, Equatable {
    /// Connections that are open.
    var connections = 0
    /// Connections that were taken in, those included that only hear a 503.
    var connectionsMade = 0
    /// Connections that were closed at once, because there were too many.
    var connectionsRefused = 0
    /// Requests from their first line to the end of their answer.
    var requests = 0
    /// Those of them whose answer is still being made, while no thread waits; streams that have nothing to say included.
    var waiting = 0
}
