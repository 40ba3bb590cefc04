@testable import BridgeEngine

/// A component's stream through its life: whatever the server sends and whenever, what goes out is one well-formed
/// stream without the secret, each question about a login is answered once, the link is told each thing once, and nothing follows the end.
///
/// An input is a byte of flags and a script. In the script FF begins a step, which the next byte names; all other bytes
/// are the server's.
enum ComponentStreamFuzz {
    static func check(_ bytes: [UInt8]) throws(FuzzFinding) {
        var input = FuzzInput(bytes)
        let flags = input.byte()
        var run = ComponentStreamRun(pings: flags & 1 != 0, hasVersion: flags & 2 != 0, decidesLogins: flags & 8 != 0)
        run.mayNameSecret = ComponentStreamRun.holdsSecret(bytes)
        if flags & 4 != 0 { try run.register() }
        var isFirst = true
        for var piece in input.pieces(separatedBy: 0xFF).map(FuzzInput.init) {
            if !isFirst { try run.step(piece.byte(), &piece) }
            isFirst = false
            try run.receive(piece.remainder())
        }
        try run.step(3, &input)
        try run.step(6, &input)
        try run.checkEnd()
    }
}
