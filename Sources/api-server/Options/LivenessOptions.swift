internal import ArgumentParser
internal import BridgeEngine

/// How a dead connection is noticed.
struct LivenessOptions: ParsableArguments {
    @Option(
        name: .customLong("ping-interval"),
        help: .init(
            """
            Between two pings that show whether the server still routes to us: seconds, 0 for none. A dead connection \
            is noticed within this time and 20 seconds. (default: \(Seconds.text(BridgeOptions().pingInterval)))
            """, valueName: "seconds"),
        transform: { $0 == "0" ? .zero : try Seconds.parse($0) })
    var pingInterval = BridgeOptions().pingInterval
}
