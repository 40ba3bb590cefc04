@testable import BridgeEngine

/// An attempt to connect: whatever happens, in whichever order, it ends once, leaves nothing open behind, and is never
/// without something that it waits for.
///
/// An input is a byte of flags and a script of what happens; behind its end, what is waited for runs out of time.
enum DiallingFuzz {
    static func check(_ bytes: [UInt8]) throws(FuzzFinding) {
        var input = FuzzInput(bytes)
        var run = try DiallingRun(flags: input.byte())
        while !input.isEmpty { try run.step(&input) }
        try run.runOut()
    }
}
