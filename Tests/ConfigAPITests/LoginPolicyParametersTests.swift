import BridgeEngine
import Testing

@testable import ConfigAPI

/// The parameters of the login policy, by themselves and together.
@Suite struct LoginPolicyParametersTests {
    private func change(_ pairs: [(String, String?)]) -> Result<LoginPolicyChange, ParameterErrors> {
        LoginPolicyParameters.change(from: pairs.map { NamedValue(name: $0.0, value: $0.1) })
    }

    private func errors(_ pairs: [(String, String?)]) -> [String] {
        guard case .failure(let errors) = change(pairs) else { return [] }
        return errors.errors.map { "\($0.parameter) \($0.kind.rawValue)" }
    }

    @Test(arguments: LoginPolicy.Mode.allCases) func `each mode has its word`(mode: LoginPolicy.Mode) throws {
        #expect(try change([("mode", mode.rawValue)]).get().mode == .set(mode))
    }

    @Test func `named parameters are set, empty ones cleared, the others kept`() throws {
        #expect(
            try change([("url", "https://a.test/x"), ("hosts", "")]).get()
                == LoginPolicyChange(url: .set("https://a.test/x"), hosts: .clear))
        #expect(try change([]).get() == LoginPolicyChange())
    }

    @Test(arguments: [
        ("a.test", ["a.test"]), ("a.test,b.test", ["a.test", "b.test"]), ("a.test b.test", ["a.test", "b.test"]),
        ("\r\n\ta.test ,\n b.test,,", ["a.test", "b.test"]), ("B.test,a.test,b.TEST.", ["b.test", "a.test"]),
        ("Bücher.example", ["xn--bcher-kva.example"]),
    ]) func `hosts stand between commas and blanks, each counts once`(text: String, hosts: [String]) throws {
        #expect(try change([("hosts", text)]).get().hosts == .set(hosts))
    }

    @Test func `there are 64 hosts at most`() throws {
        let hosts = (1...64).map { "h\($0).test" }
        #expect(try change([("hosts", hosts.joined(separator: " "))]).get().hosts == .set(hosts))
        #expect(errors([("hosts", (hosts + ["h65.test"]).joined(separator: " "))]) == ["hosts invalidValue"])
    }

    @Test(
        arguments: [
            ("mode", "all"), ("mode", "USERS"), ("mode", " users"), ("mode", nil), ("url", "http://a.test/"),
            ("url", "a.test"), ("hosts", ","), ("hosts", " "), ("hosts", "a.test,-"), ("hosts", "a@b.test"),
            ("hosts", "a.test;b.test"), ("hosts", "a\u{a0}b"), ("hosts", nil),
        ] as [(String, String?)]) func `a value that breaks the rules is named`(name: String, value: String?)
    {
        #expect(errors([(name, value)]) == ["\(name) invalidValue"])
    }

    @Test func `all errors are told, in the contract's order, strangers last`() {
        #expect(
            errors([("user", "x"), ("hosts", "-"), ("mode", "users"), ("mode", "http"), ("url", "?")])
                == [
                    "mode duplicateParameter", "url invalidValue", "hosts invalidValue", "user unknownParameter",
                ])
    }

    @Test func `it is told which of the hosts is none`() {
        guard case .failure(let errors) = change([("hosts", "a.test, b_c, d.test")]) else {
            Issue.record("accepted")
            return
        }
        #expect(errors.errors.map(\.detail) == ["Host 2 is not a DNS name of at most 253 characters."])
    }

    // MARK: Together

    private let http = LoginPolicy(mode: .http, url: "https://a.test/", hosts: ["login.a.test"])

    private func errors(
        _ change: LoginPolicyChange, to policy: LoginPolicy, domain: String? = nil
    ) throws -> [String] {
        do throws(ParameterErrors) {
            _ = try change.applied(to: policy, domain: domain)
            return []
        } catch {
            return error.errors.map { "\($0.parameter) \($0.kind.rawValue): \($0.detail)" }
        }
    }

    @Test func `a change leaves the rest as it is`() throws {
        #expect(
            try LoginPolicyChange(mode: .clear).applied(to: http, domain: nil)
                == LoginPolicy(mode: .nobody, url: "https://a.test/", hosts: ["login.a.test"]))
        #expect(
            try LoginPolicyChange(mode: .set(.guests), url: .clear, hosts: .clear).applied(to: http, domain: nil)
                == LoginPolicy(mode: .guests))
        #expect(try LoginPolicyChange().applied(to: http, domain: "elsewhere.test") == http)
    }

    @Test func `the mode http needs a URL`() throws {
        let missing = ["url missingParameter: The mode http needs a url."]
        #expect(try errors(LoginPolicyChange(mode: .set(.http)), to: LoginPolicy()) == missing)
        #expect(try errors(LoginPolicyChange(url: .clear), to: http) == missing)
        #expect(try errors(LoginPolicyChange(url: .set("https://b.test")), to: http) == [])
    }

    @Test(
        arguments: [
            (["a.test"], "a.test", nil), (["login.a.test", "x.y.a.test"], "a.test", nil), (["b.test"], nil, nil),
            (["a.test", "b.test"], "a.test", "b.test"), (["ba.test"], "a.test", "ba.test"),
            (["test"], "a.test", "test"),
        ] as [([String], String?, String?)])
    func `a new host has to be in the domain`(hosts: [String], domain: String?, stranger: String?) throws {
        let expected = stranger.map { stranger in
            ["hosts invalidValue: The host \(stranger) is neither the domain a.test nor under it."]
        }
        #expect(
            try errors(LoginPolicyChange(hosts: .set(hosts)), to: LoginPolicy(), domain: domain) == expected ?? [])
    }

    @Test func `a host that was there before the domain changed may stay`() throws {
        let change = LoginPolicyChange(mode: .set(.users), hosts: .set(["login.a.test", "b.test"]))
        #expect(try errors(change, to: http, domain: "b.test") == [])
    }

    @Test func `the parameters that differ are named in order`() {
        #expect(LoginPolicyChange.names(of: http, http) == [])
        #expect(LoginPolicyChange.names(of: http, LoginPolicy()) == [.mode, .url, .hosts])
        #expect(
            LoginPolicyChange.names(of: http, LoginPolicy(mode: .http, url: http.url, hosts: ["a.test"])) == [.hosts])
    }

    // MARK: Given by options

    @Test func `a policy that a person gives is normalised as the API does it`() throws {
        #expect(
            try LoginPolicy.checked(mode: .http, url: "https://a.test/", hosts: ["Login.A.test.", "login.a.test"])
                == http)
        #expect(try LoginPolicy.checked(mode: .nobody, url: nil, hosts: []) == LoginPolicy())
    }

    @Test(
        arguments: [
            (.http, nil, [], "url"), (.users, "", [], "url"), (.users, "https://u:s3cret@a.test/", [], "url"),
            (.users, nil, [""], "hosts"), (.users, nil, ["a.test b.test"], "hosts"),
            (.users, nil, ["a.test", "-"], "hosts"),
        ] as [(LoginPolicy.Mode, String?, [String], String)])
    func `what is wrong with it is named, without its value`(
        mode: LoginPolicy.Mode, url: String?, hosts: [String], parameter: String
    ) throws {
        let error = try #require(throws: SettingsError.self) {
            try LoginPolicy.checked(mode: mode, url: url, hosts: hosts)
        }
        #expect(error.problems.map(\.parameter) == [parameter])
        #expect(!error.problems.contains { $0.detail.contains("s3cret") })
    }
}
