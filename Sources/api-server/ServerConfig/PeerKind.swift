internal import ArgumentParser

/// An XMPP server whose configuration we can write.
enum PeerKind: String, CaseIterable, ExpressibleByArgument {
    case prosody, ejabberd

    /// The server's configuration, a file to be included in its own.
    func text(of peer: PeerConfiguration) -> String {
        switch self {
        case .prosody: ProsodyFile.text(of: peer)
        case .ejabberd: EjabberdFile.text(of: peer)
        }
    }

    /// Where the server's packages keep their files.
    var directory: String { "/etc/\(rawValue)" }
}
