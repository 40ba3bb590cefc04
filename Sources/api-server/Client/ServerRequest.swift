/// What a command asks a server for.
struct ServerRequest {
    let method: String
    /// Behind the server's URL, with the query.
    let path: String
    /// Further field lines.
    var headers: [String] = []
    /// JSON; nil: no body.
    var body: [UInt8]?
    /// How long until the whole answer is there.
    var limit: Duration = .seconds(30)
}
