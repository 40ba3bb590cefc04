import Testing

@testable import BridgeEngine

@Suite struct DiallingPlanTests {
    private static let v6 = IPAddress("2001:db8::1")
    private static let v4 = IPAddress("192.0.2.1")
    private static let other4 = IPAddress("192.0.2.2")
    private static let serviceName = "_xmpp-component._tcp.example.test"
    private let v6: IPAddress
    private let v4: IPAddress
    private let other4: IPAddress

    init() throws {
        v6 = try #require(Self.v6)
        v4 = try #require(Self.v4)
        other4 = try #require(Self.other4)
    }

    private func account(_ override: String? = nil) -> ComponentAccount {
        ComponentAccount(
            jid: "cb1.example.test", domain: "example.test", server: override.flatMap { ServerAddress($0) },
            secret: Secret("s"))
    }

    private func plan(_ override: String? = nil) -> DiallingPlan {
        DiallingPlan(account: account(override), limits: StepLimits())
    }

    private func target(_ name: String, _ port: UInt16 = 5223) -> DialTarget {
        DialTarget(host: .name(name), port: port)
    }

    private func record(_ target: String, _ port: UInt16 = 5223) -> SRVRecord {
        SRVRecord(priority: 1, weight: 0, port: port, target: target)
    }

    private func endpoint(_ address: IPAddress, _ port: UInt16 = 5223) -> Endpoint {
        Endpoint(address: address, port: port)
    }

    private func connects(_ actions: [DiallingPlan.Action]) -> [Endpoint] {
        actions.compactMap { if case .connect(_, let endpoint) = $0 { endpoint } else { nil } }
    }

    private func failure(_ actions: [DiallingPlan.Action]) -> BridgeFailure? {
        actions.compactMap { if case .fail(let failure) = $0 { failure } else { nil } }.first
    }

    private static let refused = BridgeFailure(.tcpConnect, .connectionRefused, "refused")
    private static let notFound = LookUpFailure(kind: .notFound, detail: "no such name")

    // MARK: SRV

    @Test func `without an override the SRV records of the domain are asked for`() {
        var plan = plan()
        #expect(
            plan.start() == [
                .startTimer(.attempt, .seconds(60)), .enter(.srvLookup, nil, nil), .startTimer(.srvLookup, .seconds(5)),
                .lookUpSRV(Self.serviceName),
            ])
        #expect(
            plan.handle(.srvAnswered([record("xmpp1.example.test", 5299)])) == [
                .cancelTimer(.srvLookup), .enter(.addressLookup, target("xmpp1.example.test", 5299), nil),
                .startTimer(.addressLookup, .seconds(5)), .lookUpAddresses(0, "xmpp1.example.test", .v6),
                .lookUpAddresses(0, "xmpp1.example.test", .v4),
            ])
    }

    @Test func `a target of a dot ends the attempt without a fallback`() {
        var plan = plan()
        _ = plan.start()
        let failure = failure(plan.handle(.srvAnswered([record("", 0)])))
        #expect(failure?.stage == .step(.srvLookup))
        #expect(failure?.reason == .dnsServiceNotOffered)
    }

    @Test(arguments: [
        [
            SRVRecord(priority: 1, weight: 0, port: 5223, target: "."),
            SRVRecord(priority: 2, weight: 0, port: 0, target: "."),
        ],
        [SRVRecord(priority: 1, weight: 0, port: 0, target: "a.test")],
        [
            SRVRecord(priority: 1, weight: 0, port: 0, target: "a.test"),
            SRVRecord(priority: 2, weight: 0, port: 1, target: "."),
        ],
    ]) func `records that can't be used have no fallback to the domain`(records: [SRVRecord]) {
        var plan = plan()
        _ = plan.start()
        let failure = failure(plan.handle(.srvAnswered(records)))
        #expect(failure?.stage == .step(.srvLookup))
        #expect(failure?.reason == .dnsServiceNotOffered)
    }

    @Test func `records that can't be used are passed over`() {
        var plan = plan()
        _ = plan.start()
        let actions = plan.handle(.srvAnswered([record("."), record("a.test", 0), record("b.test")]))
        #expect(actions.contains(.enter(.addressLookup, target("b.test"), nil)))
    }

    @Test func `a domain without an SRV record whose server refuses has failed behind DNS`() {
        var plan = plan()
        _ = plan.start()
        _ = plan.handle(.srvFailed(Self.notFound))
        _ = plan.handle(.addressesFailed(0, .v6, Self.notFound))
        #expect(connects(plan.handle(.addressesAnswered(0, .v4, [v4]))) == [endpoint(v4)])
        let failure = failure(plan.handle(.failed(0, Self.refused)))
        #expect(failure?.reason == Self.refused.reason)
        #expect(failure?.stage == Self.refused.stage)
        #expect(failure?.detail.contains("no SRV record \(Self.serviceName)") == true)
    }

    @Test(arguments: [
        (LookUpFailure.Kind.timedOut, FailureReason.dnsTimeout), (.serverFailure, .dnsServerFailure),
    ]) func `a domain without an SRV record that can't be asked for addresses is not missing`(
        kind: LookUpFailure.Kind, reason: FailureReason
    ) {
        var plan = plan()
        _ = plan.start()
        _ = plan.handle(.srvFailed(Self.notFound))
        _ = plan.handle(.addressesFailed(0, .v6, Self.notFound))
        let failure = failure(plan.handle(.addressesFailed(0, .v4, LookUpFailure(kind: kind, detail: "x"))))
        #expect(failure?.reason == reason)
        #expect(failure?.stage == .step(.addressLookup))
    }

    @Test(arguments: [true, false]) func `no SRV record leads to the domain itself on 5223`(empty: Bool) {
        var plan = plan()
        _ = plan.start()
        let actions = plan.handle(empty ? .srvAnswered([]) : .srvFailed(Self.notFound))
        #expect(actions.contains(.enter(.addressLookup, target("example.test"), nil)))
        #expect(actions.contains(.lookUpAddresses(0, "example.test", .v6)))
        _ = plan.handle(.addressesFailed(0, .v6, Self.notFound))
        let failure = failure(plan.handle(.addressesFailed(0, .v4, Self.notFound)))
        #expect(failure?.reason == .dnsNotFound)
        #expect(failure?.stage == .step(.srvLookup))
    }

    @Test(arguments: [
        (LookUpFailure.Kind.timedOut, FailureReason.dnsTimeout), (.serverFailure, .dnsServerFailure),
    ]) func `an SRV look-up that fails has no fallback`(kind: LookUpFailure.Kind, reason: FailureReason) {
        var plan = plan()
        _ = plan.start()
        let failure = failure(plan.handle(.srvFailed(LookUpFailure(kind: kind, detail: "x"))))
        #expect(failure?.reason == reason)
        #expect(failure?.stage == .step(.srvLookup))
    }

    @Test func `no SRV answer in time is a time-out`() {
        var plan = plan()
        _ = plan.start()
        #expect(failure(plan.handle(.timerFired(.srvLookup)))?.reason == .dnsTimeout)
    }

    @Test func `SRV targets that can't be reached have no fallback to the domain`() {
        var plan = plan()
        _ = plan.start()
        _ = plan.handle(.srvAnswered([record("a.test"), record("b.test")]))
        _ = plan.handle(.addressesFailed(0, .v6, Self.notFound))
        let next = plan.handle(.addressesFailed(0, .v4, Self.notFound))
        #expect(next.contains(.enter(.addressLookup, target("b.test"), nil)))
        _ = plan.handle(.addressesFailed(1, .v6, Self.notFound))
        let failure = failure(plan.handle(.addressesFailed(1, .v4, Self.notFound)))
        #expect(failure?.reason == .hostNotFound)
        #expect(failure?.stage == .step(.addressLookup))
    }

    // MARK: Addresses and the race

    @Test func `an override that is an address is connected to at once`() {
        var plan = plan("192.0.2.1:5300")
        #expect(connects(plan.start()) == [endpoint(v4, 5300)])
    }

    @Test func `an override without a port means 5223`() {
        var plan = plan("192.0.2.1")
        #expect(connects(plan.start()) == [endpoint(v4)])
    }

    @Test func `an AAAA answer is used at once, an A answer after 250 ms`() {
        var plan = plan("a.test")
        _ = plan.start()
        #expect(connects(plan.handle(.addressesAnswered(0, .v6, [v6]))) == [endpoint(v6)])
        #expect(connects(plan.handle(.addressesAnswered(0, .v4, [v4]))).isEmpty)
        #expect(connects(plan.handle(.timerFired(.connectionAttemptDelay))) == [endpoint(v4)])
    }

    @Test func `an A answer waits 50 ms for the AAAA answer`() {
        var plan = plan("a.test")
        _ = plan.start()
        let held = plan.handle(.addressesAnswered(0, .v4, [v4]))
        #expect(held == [.startTimer(.resolutionDelay, .milliseconds(50))])
        #expect(connects(plan.handle(.timerFired(.resolutionDelay))) == [endpoint(v4)])
    }

    @Test func `an AAAA answer within the 50 ms comes first`() {
        var plan = plan("a.test")
        _ = plan.start()
        _ = plan.handle(.addressesAnswered(0, .v4, [v4]))
        let actions = plan.handle(.addressesAnswered(0, .v6, [v6]))
        #expect(actions.contains(.cancelTimer(.resolutionDelay)))
        #expect(connects(actions) == [endpoint(v6)])
    }

    @Test func `no AAAA record ends the wait of the A answer`() {
        var plan = plan("a.test")
        _ = plan.start()
        _ = plan.handle(.addressesAnswered(0, .v4, [v4]))
        #expect(connects(plan.handle(.addressesFailed(0, .v6, Self.notFound))) == [endpoint(v4)])
    }

    @Test func `a refusal starts the next connect at once, also beside a pending one`() {
        var plan = plan("a.test")
        _ = plan.start()
        _ = plan.handle(.addressesAnswered(0, .v6, [v6]))
        _ = plan.handle(.addressesAnswered(0, .v4, [v4, other4]))
        _ = plan.handle(.timerFired(.connectionAttemptDelay))
        #expect(connects(plan.handle(.failed(1, Self.refused))) == [endpoint(other4)])
    }

    @Test func `an address that comes after its turn is used at once`() {
        var plan = plan("a.test")
        _ = plan.start()
        _ = plan.handle(.addressesAnswered(0, .v6, [v6]))
        #expect(connects(plan.handle(.timerFired(.connectionAttemptDelay))).isEmpty)
        #expect(connects(plan.handle(.addressesAnswered(0, .v4, [v4]))) == [endpoint(v4)])
    }

    @Test func `the winner goes on alone, and the losers' addresses stay`() {
        var plan = plan("a.test")
        _ = plan.start()
        _ = plan.handle(.addressesAnswered(0, .v6, [v6]))
        _ = plan.handle(.addressesAnswered(0, .v4, [v4]))
        _ = plan.handle(.timerFired(.connectionAttemptDelay))
        let won = plan.handle(.tcpConnected(1))
        #expect(won.contains(.abandon(0)))
        #expect(won.contains(.startTLS(1, target("a.test"))))
        #expect(won.contains(.enter(.tlsHandshake, target("a.test"), endpoint(v4))))
        let failed = plan.handle(.failed(1, BridgeFailure(.tlsHandshake, .tlsFailed, "x")))
        #expect(connects(failed) == [endpoint(v6)])
    }

    @Test(arguments: [
        (LookUpFailure.Kind.notFound, LookUpFailure.Kind.notFound, FailureReason.hostNotFound),
        (.notFound, .timedOut, .dnsTimeout), (.timedOut, .notFound, .dnsTimeout),
        (.serverFailure, .notFound, .dnsServerFailure), (.notFound, .serverFailure, .dnsServerFailure),
    ]) func `a host without an address has the reason that weighs most`(
        v6: LookUpFailure.Kind, v4: LookUpFailure.Kind, reason: FailureReason
    ) {
        var plan = plan("a.test")
        _ = plan.start()
        #expect(failure(plan.handle(.addressesFailed(0, .v6, LookUpFailure(kind: v6, detail: "x")))) == nil)
        let failure = failure(plan.handle(.addressesFailed(0, .v4, LookUpFailure(kind: v4, detail: "x"))))
        #expect(failure?.reason == reason)
        #expect(failure?.stage == .step(.addressLookup))
        #expect(failure?.detail.contains("a.test") == true)
    }

    @Test(arguments: AddressFamily.allCases) func `one family alone will do, whatever became of the other`(
        family: AddressFamily
    ) {
        for kind in [LookUpFailure.Kind.notFound, .timedOut, .serverFailure] {
            var plan = plan("a.test")
            _ = plan.start()
            let address = family == .v4 ? v4 : v6
            _ = plan.handle(.addressesFailed(0, family == .v4 ? .v6 : .v4, LookUpFailure(kind: kind, detail: "x")))
            #expect(connects(plan.handle(.addressesAnswered(0, family, [address]))) == [endpoint(address)])
        }
    }

    @Test func `a look-up that fails for one target does not stop the others`() {
        var plan = plan()
        _ = plan.start()
        _ = plan.handle(.srvAnswered([record("a.test"), record("b.test")]))
        let next = plan.handle(.timerFired(.addressLookup))
        #expect(next.contains(.lookUpAddresses(1, "b.test", .v6)))
    }

    @Test func `late answers for one target are not taken for the next one's`() {
        var plan = plan()
        _ = plan.start()
        _ = plan.handle(.srvAnswered([record("a.test"), record("b.test", 5299)]))
        _ = plan.handle(.timerFired(.addressLookup))
        // A look-up that is cancelled still completes.
        let cancelled = LookUpFailure(kind: .cancelled, detail: "cancelled")
        #expect(plan.handle(.addressesFailed(0, .v6, cancelled)).isEmpty)
        #expect(plan.handle(.addressesAnswered(0, .v4, [other4])).isEmpty)
        #expect(plan.handle(.addressesFailed(0, .v4, cancelled)).isEmpty)
        _ = plan.handle(.addressesFailed(1, .v6, Self.notFound))
        #expect(connects(plan.handle(.addressesAnswered(1, .v4, [v4]))) == [endpoint(v4, 5299)])
    }

    // MARK: Steps and their limits

    /// Takes a plan for one address up to the given step.
    private func plan(upTo step: ConnectionStep) -> DiallingPlan {
        var plan = plan("192.0.2.1")
        _ = plan.start()
        if step > .tcpConnect { _ = plan.handle(.tcpConnected(0)) }
        if step > .tlsHandshake { _ = plan.handle(.secured(0)) }
        if step > .streamOpen { _ = plan.handle(.streamOpened(0)) }
        return plan
    }

    @Test func `each step has its time and its action`() {
        var plan = plan("192.0.2.1")
        let target = DialTarget(host: .address(v4), port: 5223)
        _ = plan.start()
        #expect(
            plan.handle(.tcpConnected(0)) == [
                .cancelTimer(.connectionAttemptDelay), .enter(.tlsHandshake, target, endpoint(v4)),
                .startTimer(.step(0), .seconds(10)), .startTLS(0, target),
            ])
        #expect(
            plan.handle(.secured(0)) == [
                .enter(.streamOpen, target, endpoint(v4)), .startTimer(.step(0), .seconds(10)), .openStream(0),
            ])
        #expect(
            plan.handle(.streamOpened(0)) == [
                .enter(.registration, target, endpoint(v4)), .startTimer(.step(0), .seconds(10)), .register(0),
            ])
        #expect(plan.handle(.registered(0)).last == .succeed(0))
        #expect(plan.handle(.timerFired(.attempt)).isEmpty)
    }

    @Test(arguments: [
        (ConnectionStep.tcpConnect, FailureReason.connectionTimedOut), (.tlsHandshake, .tlsTimedOut),
        (.streamOpen, .streamTimedOut), (.registration, .registrationTimedOut),
    ]) func `a step that takes too long is named`(step: ConnectionStep, reason: FailureReason) {
        var plan = plan(upTo: step)
        let actions = plan.handle(.timerFired(.step(0)))
        #expect(actions.contains(.abandon(0)))
        #expect(failure(actions)?.reason == reason)
        #expect(failure(actions)?.stage == .step(step))
    }

    @Test(arguments: [
        BridgeFailure(.tlsHandshake, .certificateDomainMismatch, "x"), BridgeFailure(.streamOpen, .streamError, "x"),
        BridgeFailure(.streamOpen, .connectionLost, "x"), BridgeFailure(.registration, .registrationTimedOut, "x"),
        BridgeFailure(.tlsHandshake, .clientCertificateRejected, "x"), BridgeFailure(.tlsHandshake, .notTLS, "x"),
        BridgeFailure(.tlsHandshake, .serverNameRejected, "x"), BridgeFailure(.streamOpen, .protocolViolation, "x"),
        BridgeFailure(.registration, .connectionLost, "x"), BridgeFailure(.registration, .streamError, "x"),
    ]) func `a failure moves on to the next target`(failure: BridgeFailure) {
        var plan = plan()
        _ = plan.start()
        _ = plan.handle(.srvAnswered([record("a.test"), record("b.test")]))
        _ = plan.handle(.addressesAnswered(0, .v6, [v6]))
        _ = plan.handle(.addressesFailed(0, .v4, Self.notFound))
        _ = plan.handle(.tcpConnected(0))
        let actions = plan.handle(.failed(0, failure))
        #expect(actions.contains(.abandon(0)))
        #expect(actions.contains(.enter(.addressLookup, target("b.test"), nil)))
    }

    @Test(arguments: [FailureReason.notAuthorized, .unknownComponent, .nameInUse])
    func `a refused registration ends the attempt in whichever step it comes`(reason: FailureReason) {
        var plan = plan()
        _ = plan.start()
        _ = plan.handle(.srvAnswered([record("a.test"), record("b.test")]))
        _ = plan.handle(.addressesAnswered(0, .v6, [v6]))
        _ = plan.handle(.tcpConnected(0))
        _ = plan.handle(.secured(0))
        let refusal = BridgeFailure(.registration, reason, "no")
        #expect(failure(plan.handle(.failed(0, refusal))) == refusal)
    }

    @Test func `the failure that got furthest is the attempt's`() {
        var plan = plan()
        _ = plan.start()
        _ = plan.handle(.srvAnswered([record("a.test"), record("b.test"), record("c.test")]))
        for connection in 0..<2 {
            _ = plan.handle(.addressesAnswered(connection, .v4, [v4]))
            _ = plan.handle(.addressesFailed(connection, .v6, Self.notFound))
            if connection == 0 {
                _ = plan.handle(.tcpConnected(0))
                _ = plan.handle(.failed(0, BridgeFailure(.tlsHandshake, .notTLS, "first")))
            } else {
                _ = plan.handle(.failed(1, Self.refused))
            }
        }
        _ = plan.handle(.addressesFailed(2, .v4, Self.notFound))
        #expect(failure(plan.handle(.addressesFailed(2, .v6, Self.notFound)))?.detail == "first")
    }

    @Test func `the attempt as a whole has its time`() {
        var plan = plan(upTo: .streamOpen)
        let actions = plan.handle(.timerFired(.attempt))
        #expect(actions.contains(.abandon(0)))
        #expect(failure(actions)?.reason == .streamTimedOut)
        #expect(plan.handle(.streamOpened(0)).isEmpty)
    }

    @Test func `news of a connection that was given up is ignored`() {
        var plan = plan("a.test")
        _ = plan.start()
        _ = plan.handle(.addressesAnswered(0, .v6, [v6]))
        _ = plan.handle(.addressesAnswered(0, .v4, [v4]))
        _ = plan.handle(.timerFired(.connectionAttemptDelay))
        _ = plan.handle(.tcpConnected(1))
        #expect(plan.handle(.tcpConnected(0)).isEmpty)
        #expect(plan.handle(.failed(0, Self.refused)).isEmpty)
        #expect(plan.handle(.timerFired(.step(0))).isEmpty)
        #expect(plan.handle(.secured(0)).isEmpty)
    }

    // MARK: see-other-host

    private func redirection(_ host: String) -> BridgeFailure {
        BridgeFailure(
            .streamOpen, .streamError, condition: "see-other-host", "elsewhere", redirect: ServerAddress(host))
    }

    @Test func `a server that names another one is followed, three times in a row`() throws {
        var plan = plan("192.0.2.1")
        _ = plan.start()
        for number in 0..<3 {
            _ = plan.handle(.tcpConnected(number))
            _ = plan.handle(.secured(number))
            let actions = plan.handle(.failed(number, redirection("192.0.2.2:530\(number)")))
            #expect(actions.contains(.abandon(number)))
            #expect(connects(actions) == [endpoint(other4, UInt16(5300 + number))])
        }
        _ = plan.handle(.tcpConnected(3))
        _ = plan.handle(.secured(3))
        #expect(failure(plan.handle(.failed(3, redirection("192.0.2.1"))))?.condition == "see-other-host")
    }

    @Test func `a redirect before all addresses are known ends the look-up`() throws {
        var plan = plan("a.test")
        _ = plan.start()
        _ = plan.handle(.addressesAnswered(0, .v6, [try #require(IPAddress("2001:db8::1"))]))
        _ = plan.handle(.tcpConnected(0))
        let redirect = BridgeFailure(
            .streamOpen, .streamError, condition: "see-other-host", "x", redirect: ServerAddress("192.0.2.7:5300"))
        _ = plan.takeFacts()
        let actions = plan.handle(.failed(0, redirect))
        #expect(actions.contains(.cancelLookUps) && actions.contains(.cancelTimer(.addressLookup)))
        #expect(plan.takeFacts().contains(.dropped(.addresses(0))))
    }

    @Test func `a host that a server names is looked up, and has to prove its name`() {
        var plan = plan("localhost")
        _ = plan.start()
        _ = plan.handle(.addressesAnswered(0, .v6, [v6]))
        _ = plan.handle(.tcpConnected(0))
        let actions = plan.handle(.failed(0, redirection("localhost")))
        let target = DialTarget(host: .name("localhost"), port: 5223, isRedirect: true)
        #expect(actions.contains(.enter(.addressLookup, target, nil)))
        #expect(ExpectedIdentity(account: account("localhost"), target: target).host == .name("localhost"))
        let written = DialTarget(host: .name("localhost"), port: 5223)
        #expect(ExpectedIdentity(account: account("localhost"), target: written).host == .loopback)
    }

    @Test func `an attempt begins where the last connection was sent`() {
        var plan = DiallingPlan(account: account(), limits: StepLimits(), redirect: ServerAddress("192.0.2.2"))
        #expect(connects(plan.start()) == [endpoint(other4)])
    }
}
