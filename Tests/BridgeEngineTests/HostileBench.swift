import Logging
import NIOCore
import NIOPosix
import TestSupport
import Testing

@testable import BridgeEngine

/// Bridges, and the hostile servers that they meet.
struct HostileBench {
    /// What came of a script.
    struct Encounter {
        /// What the bridge said when it began to wait.
        let failure: BridgeFailure
        /// What the server has seen of the connection with the script.
        let visit: HostileVisit
    }

    let resolver = StubResolver()
    private let authority: TestCertificateAuthority
    private let tls: TLSTestServer
    private let group: any EventLoopGroup

    init(
        names: [TestCertificateName] = [.dns("example.test"), .dns("*.example.test")],
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton
    ) throws {
        authority = try TestCertificateAuthority(name: "Test CA")
        let certificate = try authority.issue(commonName: "server", names: names)
        tls = try TLSTestServer(TLSTestServerOptions(certificate: certificate))
        self.group = group
    }

    /// A server that treats the first connections by script, and all others as a server should.
    func server(_ scripts: [HostileAction]...) async throws -> HostileServer {
        try await HostileServer.start(tls, scripts, then: .decent, group: group)
    }

    /// A bridge that waits for 10 ms between two attempts.
    func bridge(
        _ limits: StepLimits = .patient, resolver: (any BridgeEngine.Resolver)? = nil,
        logins: (any LoginRequestHandler)? = nil, on loop: (any EventLoop)? = nil
    ) throws -> WatchedBridge {
        var options = BridgeOptions()
        options.limits = limits
        options.pingInterval = .zero
        options.draw = { _ in .milliseconds(10) }
        let material = try TLSMaterial(
            certificateChainPEM: nil, privateKeyPEM: nil, trustRootsPEM: Array(authority.certificatePEM))
        return WatchedBridge(
            Bridge(
                options: options, tls: material, resolver: resolver ?? self.resolver, logins: logins,
                eventLoop: loop ?? group.next(),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }))
    }

    /// Settings for a server at this address; nil: DNS has it.
    func settings(_ address: String?, name: String = "cb1") -> BridgeSettings {
        BridgeSettings(
            uniqueName: name, domain: "example.test", serverAddressOverride: address.flatMap { ServerAddress($0) },
            sharedSecret: Secret("secret"))
    }

    func settings(_ server: HostileServer, name: String = "cb1") -> BridgeSettings {
        settings("127.0.0.1:\(server.port)", name: name)
    }

    /// Lets a bridge connect to a server with this script. It has to name a failure, to wait, and to connect by itself
    /// once the server is as it should be.
    func encounter(_ script: [HostileAction], _ limits: StepLimits = .patient) async throws -> Encounter {
        let server = try await server(script)
        let bridge = try bridge(limits)
        bridge.bridge.apply(settings(server), revision: 1)
        let (failed, passed) = try await bridge.next { $0.state == .waiting }
        #expect(failed.nextAttemptAt != nil)
        _ = try await bridge.next(after: passed) { $0.state == .connected }
        await bridge.stop()
        let visits = try await server.visits.wait { $0.allSatisfy(\.hasEnded) }
        try await server.stop()
        return Encounter(failure: try #require(failed.lastFailure).failure, visit: try #require(visits.first))
    }

    /// Lets a bridge connect to a server with this script, and holds the outcome against what is expected.
    ///
    /// - Parameters:
    ///   - stage: where it has to fail, in the words of the HTTP contract.
    ///   - condition: of the stream error in the failure.
    ///   - words: part of the failure's detail.
    ///   - answer: the condition of the stream error that the server has to be sent; nil: none.
    func expect(
        _ script: [HostileAction], _ limits: StepLimits = .patient, fails stage: String, _ reason: FailureReason,
        condition: String? = nil, words: String = "", answer: String? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let encounter = try await encounter(script, limits)
        let failure = encounter.failure
        #expect(failure.stage.rawValue == stage, "\(failure)", sourceLocation: sourceLocation)
        #expect(failure.reason == reason, "\(failure)", sourceLocation: sourceLocation)
        #expect(failure.condition == condition, sourceLocation: sourceLocation)
        #expect(failure.detail.contains(words), "\(failure)", sourceLocation: sourceLocation)
        let end = answer.map {
            "<stream:error><\($0) xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>"
        }
        if let end {
            #expect(encounter.visit.text.hasSuffix(end), "\(encounter.visit)", sourceLocation: sourceLocation)
        } else {
            #expect(
                !encounter.visit.text.contains("<stream:error>"), "\(encounter.visit)", sourceLocation: sourceLocation)
        }
    }
}

extension HostileAction {
    static let header = header(id: "1")

    /// A server's stream header; the id goes into it as it is.
    static func header(id: String) -> String {
        "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "
            + "xmlns:stream='http://etherx.jabber.org/streams' from='cb1.example.test' id='\(id)'>"
    }

    /// A ping to the component, as the server or one of its users would send it.
    static func ping(id: String) -> String {
        "<iq type='get' from='example.test' to='cb1.example.test' id='\(id)'><ping xmlns='urn:xmpp:ping'/></iq>"
    }

    /// The component's answer to it.
    static func pong(id: String) -> String {
        "<iq type='result' from='cb1.example.test' to='example.test' id='\(id)'/>"
    }
}

extension [HostileAction] {
    /// TLS, and the client's header has come.
    static let asked: [HostileAction] = [.startTLS, .waitFor("to='cb1.example.test'>")]
    /// The server's header is out.
    static let opened = asked + [.say(HostileAction.header)]
    /// The client's handshake has come.
    static let registering = opened + [.waitFor("</handshake>")]
    /// The client has been accepted.
    static let registered = registering + [.say("<handshake/>")]
    /// The client has been accepted and knows it.
    static let connected =
        registered + [.say(HostileAction.ping(id: "known")), .waitFor(HostileAction.pong(id: "known"))]
    /// The end, from the client's closing tag on.
    static let closing: [HostileAction] = [.waitFor("</stream:stream>"), .say("</stream:stream>"), .close]
    /// What a server should do; whatever the client calls itself.
    static let decent: [HostileAction] =
        [.startTLS, .waitFor("to='"), .say(HostileAction.header), .waitFor("</handshake>"), .say("<handshake/>")]
        + closing
}
