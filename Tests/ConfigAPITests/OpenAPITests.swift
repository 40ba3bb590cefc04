import BridgeEngine
import Foundation
import HTTPTypes
import Testing
import Yams

@testable import ConfigAPI

/// `openapi.yaml` and the server say the same.
@Suite struct OpenAPITests {
    private let document: [String: Any]

    init() throws {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../openapi.yaml")
        let text = try String(contentsOf: path, encoding: .utf8)
        document = try #require(try Yams.load(yaml: text) as? [String: Any])
    }

    /// What stands at a path of keys, references followed.
    private func value(_ keys: String...) throws -> Any {
        var value: Any = document
        for key in keys { value = try resolved(try #require((value as? [String: Any])?[key], "\(keys)")) }
        return value
    }

    private func resolved(_ value: Any) throws -> Any {
        guard let reference = (value as? [String: Any])?["$ref"] as? String else { return value }
        var target: Any = document
        for key in reference.split(separator: "/").dropFirst() {
            let name = key.replacingOccurrences(of: "~1", with: "/").replacingOccurrences(of: "~0", with: "~")
            target = try #require((target as? [String: Any])?[name], "\(reference)")
        }
        return try resolved(target)
    }

    private func words(_ keys: String...) throws -> [String] {
        var value: Any = document
        for key in keys { value = try resolved(try #require((value as? [String: Any])?[key], "\(keys)")) }
        return try #require(value as? [String])
    }

    /// The methods of each path.
    private func documented() throws -> [String: Set<String>] {
        let paths = try #require(try value("paths") as? [String: Any])
        let methods: Set<String> = ["get", "head", "put", "post", "delete", "patch", "options"]
        return try paths.mapValues { item in
            Set(try #require(try resolved(item) as? [String: Any]).keys).intersection(methods)
        }
    }

    @Test func `each path of the server is described, with its methods, and no other`() throws {
        var served = Route.nodes.map { (path: "/api/v1/\($0.key)", route: $0.value) }
        served.append((path: "/api/v1/system/alarms/{id}", route: .alarm(id: "")))
        for node in Route.nodes where node.value == .attempts {
            served.append((path: "/api/v1/\(node.key)/{id}", route: .attempt(id: "")))
        }
        served.append((path: "/api/v1/users/{id}", route: .user(id: "")))
        served += Route.rootNodes.filter { !$0.value.isForPeople }.map { (path: "/\($0.key)", route: $0.value) }
        let expected = Dictionary(
            uniqueKeysWithValues: served.map { ($0.path, Set($0.route.methods.map { $0.rawValue.lowercased() })) })
        #expect(try documented() == expected)
    }

    @Test func `each path that is described is served`() throws {
        for path in try documented().keys {
            let route = try Route.find(path.replacingOccurrences(of: "{id}", with: "some-id"))
            #expect(try documented()[path] == Set(route.methods.map { $0.rawValue.lowercased() }))
        }
    }

    @Test func `whoever can be told 401 can be told 429`() throws {
        for (path, methods) in try documented() {
            for method in methods {
                let answers = try #require(try value("paths", path, method, "responses") as? [String: Any])
                #expect((answers["401"] == nil) == (answers["429"] == nil), "\(method) \(path)")
            }
        }
    }

    @Test func `the words of the contract are the code's`() throws {
        #expect(try words("components", "schemas", "reason", "enum") == FailureReason.allCases.map(\.rawValue))
        let steps = ConnectionStep.allCases.map(\.rawValue)
        #expect(try words("components", "schemas", "step", "enum") == steps)
        #expect(
            try words("components", "schemas", "outcome", "enum") == AttemptReport.Outcome.allCases.map(\.rawValue))
        #expect(AttemptStep.Outcome.allCases.map(\.rawValue) == AttemptReport.Outcome.allCases.map(\.rawValue))
        #expect(
            try words("components", "schemas", "lastFailure", "properties", "step", "enum")
                == steps + [BridgeFailure.Stage.connected.rawValue])
        let event = ["components", "schemas", "event", "properties"]
        #expect(
            try words(event[0], event[1], event[2], event[3], "type", "enum") == Event.Kind.allCases.map(\.rawValue))
        #expect(
            try words(event[0], event[1], event[2], event[3], "step", "enum")
                == steps + [BridgeFailure.Stage.connected.rawValue])
        #expect(
            try words(event[0], event[1], event[2], event[3], "door", "enum") == LoginDoor.allCases.map(\.rawValue))
        #expect(
            try words("components", "schemas", "loginReason", "enum") == LoginVerdict.allCases.compactMap(\.reason))
        let status = ["components", "schemas", "xmppStatus", "properties"]
        #expect(
            try words(status[0], status[1], status[2], status[3], "state", "enum")
                == BridgeStatus.State.allCases.map(\.rawValue))
        #expect(
            try words(status[0], status[1], status[2], status[3], "warnings", "items", "enum")
                == BridgeStatus.Warning.allCases.map(\.rawValue))
    }

    @Test(arguments: ["configurationChange", "configurationChangeJSON"])
    func `the parameters of a change are the code's`(schema: String) throws {
        let properties = try #require(try value("components", "schemas", schema, "properties") as? [String: Any])
        #expect(Set(properties.keys) == Set(BridgeSettings.Parameter.allCases.map(\.rawValue)))
    }

    @Test(arguments: ["newUser", "newUserJSON", "userChange", "userChangeJSON"])
    func `the parameters of a user are the code's`(schema: String) throws {
        let properties = try #require(try value("components", "schemas", schema, "properties") as? [String: Any])
        #expect(Set(properties.keys) == Set(BridgeUserParameters.Name.allCases.map(\.rawValue)))
        let pairs = properties.keys.map { NamedValue(name: $0, value: nil) }
        guard case .failure(let errors) = BridgeUserParameters.change(from: pairs, isNew: true) else {
            Issue.record("parameters without a value were taken")
            return
        }
        #expect(errors.errors.allSatisfy { $0.kind == .invalidValue })
        guard schema.hasPrefix("newUser"),
            case .failure(let missing) = BridgeUserParameters.change(from: [], isNew: true)
        else { return }
        #expect(try words("components", "schemas", schema, "required") == missing.errors.map(\.parameter))
    }

    @Test func `the words about logins are the code's`() throws {
        let schemas = ["components", "schemas"]
        #expect(
            try words(schemas[0], schemas[1], "loginMode", "enum") == LoginPolicy.Mode.allCases.map(\.rawValue))
        let verdict = Document(loginCheck: .accepted)
        #expect(try value(schemas[0], schemas[1], "loginVerdict", "xml", "name") as? String == verdict.root)
        #expect(
            try words(schemas[0], schemas[1], "loginVerdict", "properties", "reason", "enum")
                == LoginVerdict.Refusal.allCases.map(\.rawValue) + LoginVerdict.Failure.allCases.map(\.rawValue))
        let results = LoginVerdict.all.compactMap { Document(loginCheck: $0.verdict).fields.first?.value }
        let described = try words(schemas[0], schemas[1], "loginVerdict", "properties", "result", "enum")
        #expect(described.allSatisfy { results.contains(.text($0)) })
        #expect(results.allSatisfy { result in described.contains { result == .text($0) } })
        for schema in ["loginPolicy", "loginPolicyChange", "loginPolicyChangeJSON"] {
            let properties = try #require(
                try value(schemas[0], schemas[1], schema, "properties") as? [String: Any])
            #expect(Set(properties.keys) == Set(LoginPolicyChange.Parameter.allCases.map(\.rawValue)))
        }
        for schema in ["loginCheck", "loginCheckJSON"] {
            let properties = try #require(
                try value(schemas[0], schemas[1], schema, "properties") as? [String: Any])
            #expect(Set(properties.keys) == Set(LoginCheckParameters.Parameter.allCases.map(\.rawValue)))
        }
    }

    @Test(arguments: [
        ("Configuration", "xmpp"), ("LoginPolicy", "xmppLogin"), ("LoginCheck", "loginCheck"), ("NewUser", "user"),
        ("User", "user"),
    ])
    func `the bodies that are described are read`(name: String, root: String) throws {
        let bodies = try #require(try value("components", "requestBodies", name, "content") as? [String: Any])
        for type in bodies.keys {
            let request = HTTPServerRequest(
                method: .put, target: "/", headerFields: [.contentType: type], body: [], remoteAddress: "",
                isSecure: false)
            #expect(try RequestBody.parameters(of: request, root: root).isEmpty)
        }
    }

    @Test func `the words for what is wrong with a parameter are the code's`() throws {
        let words = ParameterError.Kind.allCases.map(\.rawValue)
        let problem = try #require(
            try value("components", "schemas", "problem", "properties", "errors", "items", "properties", "error")
                as? [String: Any])
        #expect(problem["enum"] as? [String] == words)
        let details = try #require(
            try value(
                "components", "schemas", "failureDetails", "properties", "parameterError", "items", "properties",
                "error")
                as? [String: Any])
        #expect(details["enum"] as? [String] == words)
    }

    @Test func `the limits of a page are the code's`() throws {
        let limit = try #require(try value("components", "parameters", "limit", "schema") as? [String: Any])
        #expect(limit["maximum"] as? Int == Page.largest)
        #expect(limit["default"] as? Int == (try Page(query: nil).limit))
    }

    /// Answers of the server, as JSON, have the fields that are described and no others.
    @Test func `the fields of the answers are those that are described`() async throws {
        let harness = try APIHarness()
        harness.attempts.add(.sample)
        var failed = Event.failed()
        failed.add(.failed(at: 1))
        for event in [.change, failed] { harness.events.add(event) }
        harness.events.note(.sample(), askedBy: nil)
        harness.events.note(.sample(), askedBy: Requester(user: "gate", address: "192.0.2.7"))
        let added = try await harness.ask("POST", "/api/v1/users", body: "userJid=alice@example.test&password=p")
        let user = try #require(added.header("Location"))
        let answers = [
            ("/api/v1/configuration/xmpp", "configuration"), ("/api/v1/configuration/xmpp/status", "xmppStatus"),
            ("/api/v1/system/status", "status"), ("/api/v1/system/alarms", "alarms"), ("/api/v1/none", "problem"),
            ("/api/v1/configuration/xmpp/attempts", "attempts"), ("/api/v1/configuration/xmpp/attempts/1", "attempt"),
            ("/api/v1/events", "events"), ("/api/v1/users", "users"), (user, "user"),
            ("/api/v1/configuration/xmpp/login", "loginPolicy"),
        ]
        for (path, schema) in answers {
            let answer = try await harness.ask("GET", path, [("Accept", "application/json")])
            let object = try #require(
                try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any])
            let properties = try #require(try value("components", "schemas", schema, "properties") as? [String: Any])
            let required = try words("components", "schemas", schema, "required")
            #expect(Set(object.keys).isSubset(of: properties.keys), "\(schema)")
            #expect(Set(required).isSubset(of: object.keys), "\(schema)")
            for (list, schema) in [("steps", "attemptStep"), ("events", "event"), ("users", "user")] {
                let properties = try #require(
                    try value("components", "schemas", schema, "properties") as? [String: Any])
                let required = try words("components", "schemas", schema, "required")
                for item in object[list] as? [[String: Any]] ?? [] {
                    #expect(Set(item.keys).isSubset(of: properties.keys), "\(schema)")
                    #expect(Set(required).isSubset(of: item.keys), "\(schema)")
                }
            }
        }
        harness.bridge.answerChecks(with: .success(.sample(revision: nil)))
        let check = try await harness.ask(
            "POST", "/api/v1/configuration/xmpp/check", [("Accept", "application/json")],
            body: "uniqueName=cb1&domain=example.test&sharedSecret=s")
        let object = try #require(try JSONSerialization.jsonObject(with: Data(check.body.utf8)) as? [String: Any])
        let properties = try #require(try value("components", "schemas", "xmppCheck", "properties") as? [String: Any])
        #expect(Set(object.keys).isSubset(of: properties.keys))
        #expect(Set(try words("components", "schemas", "xmppCheck", "required")).isSubset(of: object.keys))
    }

    @Test func `the states to wait for are the code's`() throws {
        let parameters = try #require(
            try value("paths", "/api/v1/configuration/xmpp/status", "get", "parameters") as? [[String: Any]])
        let waitFor = try #require(parameters.first { $0["name"] as? String == "waitFor" })
        let pattern = try #require((waitFor["schema"] as? [String: Any])?["pattern"] as? String)
        let words = (BridgeStatus.State.allCases.map(\.rawValue) + ["settled"]).joined(separator: "|")
        #expect(pattern == "^(\(words))(,(\(words)))*$")
    }

    @Test func `the server answers this very document`() async throws {
        let harness = try APIHarness()
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "../../openapi.yaml")
        let answer = try await harness.ask("GET", "/api/v1/openapi.yaml", user: nil)
        #expect(answer.status == 200)
        #expect(answer.body == (try String(contentsOf: path, encoding: .utf8)))
    }
}
