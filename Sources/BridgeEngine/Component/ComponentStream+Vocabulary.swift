extension ComponentStream {
    /// What happened.
    enum Event {
        /// Send the stream header.
        case open
        /// Send the handshake.
        case register
        /// Close the stream politely.
        case close
        /// The peer has had its time to close its side.
        case closeTimedOut
        /// The time between two pings is over.
        case pingDue
        /// The time for the answers to the pings is over.
        case answersDue
        /// The verdict on a login is there.
        case loginDecided(LoginRequests.Number, LoginVerdict)
        /// The time for the verdict on a login is over.
        case loginTimedOut(LoginRequests.Number)
        /// What the peer's XML said.
        case received(XMLStreamParser.Event)
        /// The transport has ended; nothing more comes.
        case transportEnded
        /// The transport has failed, as this sentence says; nothing more comes.
        case transportFailed(String)
    }

    /// What is to be done, in this order.
    enum Action: Equatable {
        /// Whatever goes to the server; the handshake proves the secret, so it is never logged.
        case send(String)
        /// The server has answered our header.
        case opened
        /// The server has accepted us.
        case registered
        /// The link is lost; nothing more is reported.
        case failed(BridgeFailure)
        /// Give the peer its time to close its side, then report `closeTimedOut`.
        case startCloseTimer
        /// Report `pingDue` after this time.
        case startPingTimer(Duration)
        /// Report `answersDue` after this time.
        case startAnswerTimer(Duration)
        case cancelAnswerTimer
        /// Whether another connection seems to have our name.
        case suspectDuplicate(Bool)
        /// Find the verdict on a login and report `loginDecided`, once; when its time is over before, `loginTimedOut`.
        case decideLogin(LoginRequests.Number, LoginRequest)
        /// Give up looking for verdicts: nobody is there any more to hear them.
        case cancelLogins
        /// Something about logins is to be counted.
        case noteLogin(LoginFact)
        /// End TLS and TCP.
        case closeTransport
    }
}
