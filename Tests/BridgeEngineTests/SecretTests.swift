import Testing

@testable import BridgeEngine

@Suite struct SecretTests {
    /// Not inside the test: the name of a type there has an address in it, in which any number may be.
    private struct Holder {
        let name = "x"
        let secret: Secret
    }

    private let secret = Secret("tell-no-one")

    @Test func `a secret prints as redacted wherever text is made of it`() {
        var dumped = ""
        dump(Holder(secret: secret), to: &dumped)
        let texts = [
            "\(secret)", String(reflecting: secret), String(describing: Holder(secret: secret)),
            String(reflecting: Holder(secret: secret)), "\(Optional(secret) as Any)", "\([secret])", dumped,
        ]
        for text in texts {
            #expect(!text.contains("tell-no-one"))
            #expect(!text.contains("116"), "the first byte's number")
        }
    }

    @Test func `secrets are equal when their bytes are`() {
        #expect(secret == Secret("tell-no-one"))
        #expect(secret != Secret("tell-no-two"))
        #expect(secret != Secret("tell-no-on"))
        #expect(Secret("") == Secret(""))
    }
}
