/// The questions about logins that come over one stream: which are answered at once, and which wait for a verdict.
///
/// Pure, but for the hosts that may ask, which are looked up with each question.
///
/// | question | answer |
/// |---|---|
/// | of anybody but a host that may ask | `forbidden` |
/// | which fields there are | the fields |
/// | that can't be read | `bad-request` |
/// | while ``mostOpen`` others are being decided | `resource-constraint` |
/// | any other | the verdict, or `remote-server-timeout` when it takes too long |
struct LoginRequests {
    /// How many may be decided at a time.
    ///
    /// One whose time is over counts until there is a verdict all the same: that is when its work has ended.
    static let mostOpen = 1000
    /// How many hosts that may not ask are told apart.
    static let mostStrangers = 16

    /// Names a question of this stream.
    typealias Number = UInt64

    /// A question that is being decided.
    private struct Open {
        let reply: StanzaReply
        let username: String
        let host: String
        var isAnswered = false
    }

    private let hosts: () -> LoginHosts
    private let hostOf: (String) -> String?
    private var open: [Number: Open] = [:]
    private var last: Number = 0
    private var strangers: Set<String> = []

    /// - Parameters:
    ///   - hostOf: the host that an address names; see ``LoginRequestHandler/host(of:)``.
    ///   - hosts: which hosts may ask, as of now.
    init(hostOf: @escaping (String) -> String? = DNSName.normalized, hosts: @escaping () -> LoginHosts) {
        self.hostOf = hostOf
        self.hosts = hosts
    }

    /// Somebody asks something; nil if it is not about logins, or nobody can be answered.
    mutating func asked(_ stanza: XMLElement, _ identity: ComponentIdentity) -> [ComponentStream.Action]? {
        guard LoginStanza.isOne(stanza), let reply = StanzaReply(to: stanza, identity) else { return nil }
        // Ourselves in another spelling are nobody who asks.
        guard let host = hostOf(reply.to), host != identity.jid, hosts().allow(host, for: identity.domain)
        else {
            let fact = LoginFact.forbidden(from: reply.to, isNewHost: isNewStranger(reply.to))
            return [.noteLogin(fact), .send(LoginStanza.forbidden(reply))]
        }
        if stanza["type"] == "get" { return [.send(LoginStanza.fields(reply))] }
        do throws(LoginStanza.Malformed) {
            return decide(try LoginStanza.read(stanza, from: host), reply)
        } catch {
            return [.noteLogin(.malformed(host: host, detail: error.text)), .send(LoginStanza.malformed(reply, error))]
        }
    }

    private mutating func decide(_ request: LoginRequest, _ reply: StanzaReply) -> [ComponentStream.Action] {
        let question = Open(reply: reply, username: request.username, host: request.host)
        guard open.count < Self.mostOpen else { return answer(question, .failed(.tooManyRequests)) }
        last += 1
        open[last] = question
        return [.decideLogin(last, request)]
    }

    /// The verdict on a question is there; only the first word about each counts.
    mutating func decided(_ number: Number, _ verdict: LoginVerdict) -> [ComponentStream.Action] {
        guard let question = open.removeValue(forKey: number), !question.isAnswered else { return [] }
        return answer(question, verdict)
    }

    /// The time for a question is over.
    mutating func timedOut(_ number: Number) -> [ComponentStream.Action] {
        guard let question = open[number], !question.isAnswered else { return [] }
        open[number]?.isAnswered = true
        return answer(question, .failed(.timedOut))
    }

    /// Nobody can be answered any more; returns whether there was anybody.
    mutating func end() -> Bool {
        defer { open = [:] }
        return !open.isEmpty
    }

    private func answer(_ question: Open, _ verdict: LoginVerdict) -> [ComponentStream.Action] {
        let report = LoginReport(username: question.username, host: question.host, verdict: verdict)
        return [.noteLogin(.decided(report)), .send(LoginStanza.answer(question.reply, verdict))]
    }

    /// Whether somebody who may not ask is a host that has not been met before.
    private mutating func isNewStranger(_ jid: String) -> Bool {
        guard !jid.contains("@"), !jid.contains("/"), strangers.count < Self.mostStrangers else { return false }
        return strangers.insert(jid.lowercased()).inserted
    }
}
