internal import Glibc
internal import NIOCore
internal import NIOPosix

/// How the TCP connections to an XMPP server are set up.
enum TCPOptions {
    /// A bootstrap without a time-out of its own: the dialling plan has one for each step.
    ///
    /// A dead peer is noticed by keep-alive (30 s idle, every 10 s, 3 probes: the kernel's 2 h are of no use) and when
    /// data stay unacknowledged for 20 s.
    static func bootstrap(on eventLoop: any EventLoop) -> ClientBootstrap {
        ClientBootstrap(group: eventLoop)
            .connectTimeout(.hours(1))
            .channelOption(.socketOption(.so_keepalive), value: 1)
            .channelOption(.tcpOption(.init(rawValue: TCP_KEEPIDLE)), value: 30)
            .channelOption(.tcpOption(.init(rawValue: TCP_KEEPINTVL)), value: 10)
            .channelOption(.tcpOption(.init(rawValue: TCP_KEEPCNT)), value: 3)
            .channelOption(.tcpOption(.init(rawValue: TCP_USER_TIMEOUT)), value: 20_000)
    }
}
