/// Where a link stands: the step under way and the server it talks to.
struct LinkProgress: Sendable, Equatable {
    var step: ConnectionStep
    var target: DialTarget?
    var endpoint: Endpoint?
}
