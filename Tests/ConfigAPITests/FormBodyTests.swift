import Testing

@testable import ConfigAPI

@Suite struct FormBodyTests {
    private func pairs(_ text: String) -> [NamedValue] { FormBody(Array(text.utf8)).pairs }

    @Test(
        arguments: [
            ("a=b&c=d", ["a=b", "c=d"]), ("", []), ("&a=b", ["a=b"]), ("a=b&&c=d&", ["a=b", "c=d"]),
            ("a=[::1]:5223/x", ["a=[::1]:5223/x"]), ("a=x+y", ["a=x y"]), ("a=%2B%c3%bc", ["a=+ü"]),
            ("a=b=c", ["a=b=c"]),
            ("a=", ["a="]), ("%61=b", ["a=b"]), ("a=1&a=2", ["a=1", "a=2"]),
        ] as [(String, [String])]) func `a body is read in its order`(body: String, expected: [String])
    {
        #expect(pairs(body).map { "\($0.name)=\($0.value ?? "nil")" } == expected)
    }

    @Test func `a name alone is marked`() {
        #expect(pairs("a") == [NamedValue(name: "a", value: nil, isBare: true)])
    }

    @Test(arguments: ["a=%", "a=%2", "a=%zz", "a=%ff", "a=%c3%28", "a=%ed%a0%80"])
    func `a value that can't be read is none`(body: String) {
        #expect(pairs(body) == [NamedValue(name: "a", value: nil)])
    }

    @Test func `bytes that are no UTF-8 are no value`() {
        #expect(FormBody([0x61, 0x3D, 0xFF]).pairs == [NamedValue(name: "a", value: nil)])
    }
}
