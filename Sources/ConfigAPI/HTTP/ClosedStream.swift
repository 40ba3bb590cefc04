/// A stream that was over before it began.
struct ClosedStream: ResponseStream {
    func write(_ bytes: [UInt8]) -> Bool { false }

    func finish() {}
}
