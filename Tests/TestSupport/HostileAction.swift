public import NIOCore

/// One line of the script by which a ``HostileServer`` treats a connection.
public enum HostileAction: Sendable {
    /// Goes on once the TLS handshake is complete. Before it the bytes of the other actions are those on the wire.
    case startTLS
    /// Goes on once the client has sent this; what came before it is passed over.
    case waitFor(String)
    /// Goes on once the client has sent anything at all.
    case waitForBytes
    /// Sends these bytes in one piece.
    case send([UInt8])
    /// Sends these bytes one at a time: each in a TLS record of its own, and so many records in each write.
    case trickle([UInt8], inWritesOf: Int = 1)
    /// Sends these bytes again and again until the client ends the connection, or so many have been sent. Waits with
    /// each piece until the client, or the kernel for it, has taken those before.
    case flood([UInt8], most: Int)
    /// Lets this time pass.
    case pause(TimeAmount)
    /// Reads nothing more.
    case stopReading
    /// Ends the connection with close_notify, where TLS is up, and a FIN.
    case close
    /// Ends the connection with a FIN and no close_notify.
    case hangUp
    /// Ends the connection with a RST.
    case reset

    /// Sends this text in one piece.
    public static func say(_ text: String) -> HostileAction { .send(Array(text.utf8)) }
}
