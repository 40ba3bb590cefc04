import BridgeEngine
import Testing

@testable import ConfigAPI

/// Passwords as Prosody's `saslprep` makes them, tried with its own.
@Suite struct PreparedPasswordTests {
    @Test(arguments: [
        ("plain ~ text", "plain ~ text"), ("e\u{301}", "é"), ("é", "é"), ("ｐａｓｓ", "pass"), ("\u{FB01}sh", "fish"),
        ("a\u{A0}b", "a b"), ("a\u{3000}b", "a b"), ("a\u{AD}b", "ab"), ("I\u{AD}X", "IX"), ("ª", "a"),
        ("\u{2168}", "IX"),
        ("Straße", "Straße"), ("ΟΔΟΣ", "ΟΔΟΣ"), ("пароль", "пароль"), ("x\u{200D}y", "xy"), ("한", "한"),
        ("\u{1112}\u{1161}\u{11AB}", "한"), ("", ""),
    ])
    func `what looks the same is the same`(typed: String, prepared: String) {
        #expect(Secret(typed).prepared == Secret(prepared))
        #expect(Secret(prepared).prepared == Secret(prepared))
    }

    @Test func `what is no text stays as it is`() {
        #expect(Secret([0xC3, 0x28]).prepared == Secret([0xC3, 0x28]))
    }
}
