import Testing

@testable import ConfigAPI

@Suite struct RouteTests {
    @Test(arguments: [
        ("/api/v1/configuration/xmpp", Route.configuration), ("/api/v1/system/configuration/xmpp", .configuration),
        ("//api/v1/configuration//xmpp/", .configuration), ("/API/V1/System/Configuration/XMPP", .configuration),
        ("/api/v1/configuration/xmpp/status", .status), ("/api/v1/system/configuration/xmpp/status", .status),
        ("/api/v1/configuration/xmpp/attempts", .attempts), ("/api/v1/system/configuration/xmpp/attempts/", .attempts),
        ("/healthz", .health), ("/readyz/", .readiness), ("//Metrics", .metrics),
        ("/api/v1/configuration/xmpp/attempts/12", .attempt(id: "12")),
        ("/api/v1/system/configuration/xmpp/attempts/12", .attempt(id: "12")),
        ("/", .home), ("//", .home), ("/Configuration/General/", .configurationPage),
        ("/configuration/general/check", .checkPage), ("/status/general", .statusPage),
        ("/style.css", .webFile(.style)), ("/script.js", .webFile(.script)), ("/icon.svg", .webFile(.icon)),
        ("/api/v1/users", .users), ("//API/v1/Users/", .users), ("/api/v1/users/A-1/", .user(id: "a-1")),
    ]) func `a path is found`(path: String, route: Route) throws {
        #expect(try Route.find(path) == route)
    }

    @Test(arguments: [
        ("/api", APIFailure.unrecognisedObject), ("/page.html", .unrecognisedObject),
        ("/status", .unrecognisedObject), ("/status/general/x", .unrecognisedObject),
        ("/api/v1", .unrecognisedObject), ("/api/v1/configuration", .unrecognisedObject),
        ("/api/v1/configuration/xmpp/attempts/1/x", .unrecognisedObject),
        ("/api/v1/configuration/xmpp/x", .unrecognisedObject), ("/api/v2/configuration/xmpp", .invalidVersion),
        ("/api/vx/configuration/xmpp", .unrecognisedObject), ("/api/v1/configuration/xmpp%00", .unrecognisedObject),
        ("/api/v1/configuration%2Fxmpp", .unrecognisedObject), ("/api/v1/./configuration/xmpp", .unrecognisedObject),
        ("/api/v1/users/1/x", .unrecognisedObject), ("/metrics/x", .unrecognisedObject),
        ("/readyz%20", .unrecognisedObject),
        ("/api/v1/x/../configuration/xmpp", .unrecognisedObject),
        ("/api/v1/%2e/configuration/xmpp", .unrecognisedObject),
    ]) func `anything else is not`(path: String, failure: APIFailure) {
        #expect(throws: failure) { try Route.find(path) }
    }
}
