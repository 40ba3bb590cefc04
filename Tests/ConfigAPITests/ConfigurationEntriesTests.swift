import Testing

@testable import BridgeEngine
@testable import ConfigAPI

/// What a form's fields come to, without a page around them.
@Suite struct ConfigurationEntriesTests {
    private func entries(_ form: String) throws -> ConfigurationEntries {
        try ConfigurationEntries(FormBody(Array(form.utf8)).pairs)
    }

    /// `field: detail` of each error.
    private func errors(_ form: String) throws -> [String] {
        guard case .failure(let wrong) = try entries(form).change() else { return [] }
        return wrong.errors.map { "\($0.field.rawValue): \($0.detail)" }
    }

    @Test func `a form is a whole configuration, but for the secret`() throws {
        let change = try entries(
            "uniqueName=CB1&domain=example.test.&serverAddressOverride=&sharedSecret=&confirmSharedSecret=&revision=3"
        ).change().get()
        #expect(
            change
                == ConfigurationChange(
                    uniqueName: .set("cb1"), domain: .set("example.test"), serverAddressOverride: .clear,
                    sharedSecret: .keep))
    }

    @Test func `a secret is entered twice, or cleared`() throws {
        #expect(
            try entries("sharedSecret=%C3%A4&confirmSharedSecret=%C3%A4&revision=0").change().get().sharedSecret
                == .set(Secret("ä")))
        #expect(try entries("clearSharedSecret=true&revision=0").change().get().sharedSecret == .clear)
        #expect(try entries("revision=0").change().get() == ConfigurationChange())
    }

    @Test(arguments: [
        ("domain=a+b", ["domain: This is not a DNS name of at most 253 characters."]),
        ("domain=+a.test", ["domain: There is white space before or behind it."]),
        ("uniqueName=cb1%09", ["uniqueName: There is white space before or behind it."]),
        ("sharedSecret=a", ["confirmSharedSecret: The two secrets differ; enter both again."]),
        ("confirmSharedSecret=a", ["confirmSharedSecret: The two secrets differ; enter both again."]),
        // "ä" in one character and in two.
        (
            "sharedSecret=%C3%A4&confirmSharedSecret=a%CC%88",
            ["confirmSharedSecret: The two secrets differ; enter both again."]
        ),
        (
            "sharedSecret=a&confirmSharedSecret=a&clearSharedSecret=true",
            ["clearSharedSecret: Either a new secret, or none: a secret is entered above as well."]
        ),
        (
            "sharedSecret=a%07&confirmSharedSecret=a%07",
            ["sharedSecret: The secret has 1 to 1024 bytes of UTF-8 and no control characters."]
        ),
        (
            "confirmSharedSecret=a&serverAddressOverride=x:0&uniqueName=_",
            [
                "uniqueName: The name is made of letters, digits and hyphens, in labels of 1 to 63 characters with dots between.",
                "serverAddressOverride: An address is host, host:port, a.b.c.d:port, [v6] or [v6]:port, with a port from 1 to 65535.",
                "confirmSharedSecret: The two secrets differ; enter both again.",
            ]
        ),
    ])
    func `what is wrong stands beside its field, in the form's order`(form: String, expected: [String]) throws {
        #expect(try errors("\(form)&revision=0") == expected)
    }

    @Test(arguments: [
        ("domain=a", "revision", ParameterError.Kind.missingParameter), ("revision=", "revision", .invalidValue),
        ("revision=-1", "revision", .invalidValue), ("revision=1&revision=1", "revision", .invalidValue),
        ("revision=1&serverAddress=x", "serverAddress", .unknownParameter),
        ("revision=1&domain=a&domain=b", "domain", .duplicateParameter),
        ("revision=1&domain=%ff", "domain", .invalidValue),
        ("revision=1&sharedSecret=a&tail=b", "unknown", .unknownParameter),
        ("revision=1&confirmSharedSecret=a&tail=b", "unknown", .unknownParameter),
    ])
    func `what no form of ours sends is refused`(form: String, parameter: String, kind: ParameterError.Kind) throws {
        let failure = #expect(throws: APIFailure.self) { try entries(form) }
        guard case .parameters(let errors) = failure else {
            Issue.record("\(String(describing: failure))")
            return
        }
        #expect(errors.errors.map(\.parameter) == [parameter])
        #expect(errors.errors.map(\.kind) == [kind])
    }

    @Test func `a conflict names what would be changed, with both values`() throws {
        var stored = StoredConfiguration(revision: 4, uniqueName: "cb1", domain: "theirs.test")
        func rows(_ form: String) throws -> [String] {
            let entries = try entries("\(form)&revision=3")
            return ConfigurationConflict(entries, try entries.change().get(), stored).rows.map {
                "\($0.label): \($0.entered) / \($0.stored)"
            }
        }
        #expect(
            try rows("uniqueName=cb1&domain=mine.test&serverAddressOverride=xmpp") == [
                "Domain: mine.test / theirs.test", "Server address: xmpp / nothing",
            ])
        #expect(try rows("uniqueName=&domain=theirs.test") == ["Unique Call Bridge name: nothing / cb1"])
        #expect(try rows("uniqueName=cb1&domain=theirs.test").isEmpty)
        #expect(try rows("clearSharedSecret=true").isEmpty)
        #expect(
            try rows("sharedSecret=s&confirmSharedSecret=s")
                == ["Shared secret: a new secret, to be entered again / nothing"])
        stored.sharedSecret = Secret("t")
        #expect(try rows("clearSharedSecret=true") == ["Shared secret: nothing / a secret"])
        #expect(
            try rows("sharedSecret=s&confirmSharedSecret=s")
                == ["Shared secret: a new secret, to be entered again / a secret"])
    }
}
