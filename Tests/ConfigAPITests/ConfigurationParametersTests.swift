import BridgeEngine
import Testing

@testable import ConfigAPI

@Suite struct ConfigurationParametersTests {
    private func change(_ pairs: [(String, String?)]) -> Result<ConfigurationChange, ParameterErrors> {
        ConfigurationParameters.change(from: pairs.map { NamedValue(name: $0.0, value: $0.1) })
    }

    private func errors(_ pairs: [(String, String?)]) -> [String] {
        guard case .failure(let errors) = change(pairs) else { return [] }
        return errors.errors.map { "\($0.parameter) \($0.kind.rawValue)" }
    }

    @Test func `named parameters are set, empty ones cleared, the others kept`() throws {
        let change = try change([("domain", "Example.COM."), ("serverAddressOverride", "")]).get()
        #expect(change.domain == .set("example.com"))
        #expect(change.serverAddressOverride == .clear)
        #expect(change.uniqueName == .keep)
        #expect(change.sharedSecret == .keep)
    }

    @Test func `an internationalised domain is taken in A-label form`() throws {
        #expect(try change([("domain", "Bücher.example")]).get().domain == .set("xn--bcher-kva.example"))
    }

    @Test func `a secret may hold whatever is no control character`() throws {
        let secret = " pässwörd & <x> '\" 🦊"
        #expect(try change([("sharedSecret", secret)]).get().sharedSecret == .set(Secret(secret)))
    }

    @Test(
        arguments: [
            ("uniqueName", " cb1"), ("uniqueName", "cb1 "), ("uniqueName", "cb_1"), ("uniqueName", "a..b"),
            ("domain", "exa mple.com"), ("domain", "example.com:5223"), ("domain", "ex\u{0}ample.com"),
            ("serverAddressOverride", "host:0"), ("serverAddressOverride", "host:65536"),
            ("serverAddressOverride", "http://host"), ("sharedSecret", "a\nb"), ("sharedSecret", "\u{7F}"),
            ("sharedSecret", String(repeating: "x", count: 1025)), ("domain", nil),
        ] as [(String, String?)]) func `a value that breaks the rules is named`(name: String, value: String?)
    {
        #expect(errors([(name, value)]) == ["\(name) invalidValue"])
    }

    @Test func `all errors are told, in the contract's order, strangers last`() {
        let pairs = [
            ("serverAddress", "x"), ("sharedSecret", "\n"), ("domain", "a"), ("domain", "b"), ("uniqueName", " "),
        ]
        #expect(
            errors(pairs) == [
                "uniqueName invalidValue", "domain duplicateParameter", "sharedSecret invalidValue",
                "serverAddress unknownParameter",
            ])
    }

    @Test func `a wrong secret is not told`() {
        guard case .failure(let errors) = change([("sharedSecret", "tell-no-one\n")]) else {
            Issue.record("accepted")
            return
        }
        #expect(!"\(errors)".contains("tell-no-one"))
    }

    @Test func `name and domain together have a limit`() throws {
        let domain = Array(repeating: String(repeating: "d", count: 60), count: 4).joined(separator: ".")
        var stored = StoredConfiguration()
        stored.domain = domain
        let change = try change([("uniqueName", "a-name-of-callbridge")]).get()
        let error = try #require(throws: ParameterError.self) { try change.applied(to: stored) }
        #expect(error.parameter == "uniqueName")
    }
}
