@testable import BridgeEngine
@testable import ConfigAPI

extension WireExchange {
    /// Each resource that can be read on a new store, and what GET answers.
    static let readable: [(target: String, answer: WireAnswer)] = [
        ("/api/v1/system/configuration/xmpp", .configuration()),
        ("/api/v1/configuration/xmpp", .configuration()),
        ("/api/v1/system/status", .document(systemStatus)),
        ("/api/v1/system/alarms", .document(#"<alarms total="0"></alarms>"#)),
        ("/api/v1/system/configuration/xmpp/status", .document(xmppStatus, tag: "b007-5-xml")),
        ("/api/v1/configuration/xmpp/status", .document(xmppStatus, tag: "b007-5-xml")),
        ("/api/v1/system/configuration/xmpp/attempts", .document(#"<attempts total="0"></attempts>"#)),
        ("/api/v1/configuration/xmpp/attempts", .document(#"<attempts total="0"></attempts>"#)),
        ("/api/v1/events", .document(#"<events total="0"></events>"#)),
        ("/api/v1/users", .document(#"<users total="0"></users>"#)),
        ("/api/v1/system/configuration/xmpp/login", .logins()),
        ("/api/v1/configuration/xmpp/login", .logins()),
    ]

    private static let systemStatus =
        "<status><hostId>*</hostId><softwareVersion>2.9</softwareVersion><uptimeSeconds>*</uptimeSeconds>"
        + "<cdrTime>*Z</cdrTime><activated>true</activated><clusterEnabled>false</clusterEnabled>"
        + [
            "cdrCorrelatorIndex", "callLegsActive", "callLegsMaxActive", "callLegsCompleted", "audioBitRateOutgoing",
            "audioBitRateIncoming", "videoBitRateOutgoing", "videoBitRateIncoming",
        ].map { "<\($0)>0</\($0)>" }.joined() + "</status>"

    private static let xmppStatus =
        "<xmppStatus><state>waiting</state><boot>b007</boot><sequence>5</sequence><revision>0</revision>"
        + "<sharedSecretSet>false</sharedSecretSet><since>2026-11-23T04:20:11.532Z</since><attempts>2</attempts>"
        + "</xmppStatus>"

    private static let event =
        #"<event id="1"><at>*Z</at><type>configurationChanged</type><user>admin</user><address>127.0.0.1</address>"#
        + "<fields><field>domain</field><field>sharedSecret</field></fields><revision>1</revision></event>"

    /// The resources, each with the methods that it has and one that it has not.
    static let resources: [WireExchange] =
        readable.flatMap { target, answer in
            [
                WireExchange("GET \(target)", get(target), answer),
                WireExchange("HEAD \(target)", request("HEAD", target), answer.toHead),
                WireExchange("GET \(target) by a reader", get(target, user: "reader"), answer),
                WireExchange("GET \(target) without a user", get(target, user: nil), .challenge),
                WireExchange("HEAD \(target) without a user", request("HEAD", target, user: nil), .challenge.toHead),
                WireExchange(
                    "DELETE \(target)", request("DELETE", target),
                    target.hasSuffix("/xmpp") || target.hasSuffix("/login")
                        ? .failure("405 Method Not Allowed", before: ["Allow: GET, HEAD, PUT, POST"], revision: 0)
                        : .failure(
                            "405 Method Not Allowed",
                            before: [target.hasSuffix("/users") ? "Allow: GET, HEAD, POST" : "Allow: GET, HEAD"])),
                WireExchange(
                    "GET \(target) by a user who may only check logins", get(target, user: "login"),
                    .failure("403 Forbidden")),
            ]
        } + [
            WireExchange(
                "GET as JSON", get(path, [acceptsJSON]),
                .document(
                    #"{"uniqueName":"","domain":"","serverAddressOverride":""}"#, type: "application/json",
                    tag: "0-json")
            ),
            WireExchange(
                "PUT on the path that CMS has",
                request("PUT", "/api/v1/system/configuration/xmpp", [form], "domain=example.com"), .changed(1),
                stored: stored(domain: "example.com")),
            WireExchange(
                "POST is PUT", request("POST", path, [form], "domain=example.com"), .changed(1),
                stored: stored(domain: "example.com")),
            WireExchange(
                "the role api may write", put("domain=example.com", user: "api"), .changed(1),
                stored: stored(domain: "example.com")),
            WireExchange(
                "a reader may not write", put("domain=example.com", user: "reader"),
                .failure("403 Forbidden", revision: 0)),
            WireExchange(
                "an alarm that is over", get("/api/v1/system/alarms/00010203-0405-0607-0809-0a0b0c0d0e0f"),
                .failure("404 Not Found", "<unrecognisedObject />")),
            WireExchange(
                "an attempt that is gone", get("/api/v1/configuration/xmpp/attempts/1"),
                .failure("404 Not Found", "<unrecognisedObject />")),
            WireExchange(
                "a change is among the events", stored: stored(domain: "example.com", secret: "s"),
                .send(put("sharedSecret=s&domain=example.com")), .receive(.changed(1)), .send(get("/api/v1/events")),
                .receive(.document(#"<events total="1">\#(event)</events>"#)),
                .send(get("/api/v1/events?offset=1&limit=1")),
                .receive(.document(#"<events total="1"></events>"#))),
            WireExchange(
                "a reconnect is among the events", .send(request("POST", path + "/reconnect")), .receive(WireAnswer()),
                .send(get("/api/v1/events", [acceptsJSON])),
                .receive(
                    .document(
                        #"{"total":1,"events":[{"id":"1","at":"*Z","type":"reconnectRequested","user":"admin","#
                            + #""address":"127.0.0.1","revision":0}]}"#, type: "application/json"))),
            WireExchange(
                "a page past the end", get("/api/v1/system/alarms?offset=20&limit=500"),
                .document(#"<alarms total="0"></alarms>"#)),
            WireExchange(
                "the filters of other collections count for nothing", get("/api/v1/system/alarms?filter=&limit=10"),
                .document(#"<alarms total="0"></alarms>"#)),
            WireExchange(
                "more rows than there may be", get("/api/v1/system/alarms?limit=501"),
                .failure("400 Bad Request", #"<parameterError parameter="limit" error="invalidValue" />"#)),
        ]
}
