/// The open body of one answer.
struct HTTPStreamState {
    /// Bytes that libmicrohttpd has not taken yet, from `start` on.
    private var bytes: [UInt8] = []
    private var start = 0
    /// The application has ended the body.
    var isFinished = false
    /// The server has ended the body, because it stops; the application does not know yet.
    var isEndedByServer = false
    /// The body ends without its proper end: the client was too slow, or has gone.
    var isAborted = false
    /// The connection is suspended until there is something to send.
    var isSuspended = false

    /// How many bytes wait.
    var count: Int { bytes.count - start }

    /// Adds bytes behind those that wait.
    mutating func append(_ new: [UInt8]) {
        if start == bytes.count {
            bytes = new
            start = 0
        } else {
            bytes.append(contentsOf: new)
        }
    }

    /// Moves waiting bytes into a buffer.
    /// - Returns: How many.
    mutating func take(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        let length = min(count, buffer.count)
        bytes.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[start..<start + length])) }
        start += length
        if start == bytes.count {
            bytes = []
            start = 0
        } else if start > 65_536 {
            bytes.removeFirst(start)
            start = 0
        }
        return length
    }
}
