/// How many of the server's contexts have been made and freed. Each is freed once, whatever became of its connection.
struct HTTPServerCounters: Sendable, Equatable {
    var connectionsMade = 0
    var connectionsFreed = 0
    var exchangesMade = 0
    var exchangesFreed = 0
}
