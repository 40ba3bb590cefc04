import Foundation
import TestSupport
import Testing

/// `callbridge-extauth` between frames of ejabberd and a real API.
@Suite struct ExternalAuthTests {
    private let api: LoginAPI

    init() throws {
        api = try LoginAPI()
    }

    @Test func `who may log in is accepted, everybody else refused, over one connection`() throws {
        let program = try ExternalAuth(api.arguments())
        #expect(try program.accepts("alice", LoginAPI.alicePassword))
        let sockets = try program.sockets
        #expect(try !program.accepts("alice", "wrong"))
        #expect(try !program.accepts("alice", ""))
        #expect(try !program.accepts("bob", LoginAPI.alicePassword))
        #expect(try program.accepts("guest123", "anything"))
        #expect(try !program.accepts("guest", "anything"))
        #expect(try program.accepts("alice", LoginAPI.alicePassword))
        #expect(try program.sockets == sockets)
        #expect(program.said == "")
    }

    @Test func `a host that may not ask is named to the administrator`() throws {
        let program = try ExternalAuth(api.arguments())
        #expect(try !program.accepts("guest1", "x", at: "example.org"))
        #expect(program.said.contains("hostNotAllowed"), "\(program.said)")
    }

    @Test func `every question gets one answer, whatever it is, and the end of the input is the end`() throws {
        let questions: [(text: [UInt8], isYes: Bool)] = [
            (Array("isuser:alice:example.test".utf8), true),
            (Array("isuser:nobody:example.test".utf8), true),
            (Array("setpass:alice:example.test:\(LoginAPI.alicePassword)".utf8), false),
            (Array("tryregister:new:example.test:x".utf8), false),
            (Array("removeuser:alice:example.test".utf8), false),
            (Array("removeuser3:alice:example.test:\(LoginAPI.alicePassword)".utf8), false),
            (Array("certauth:alice:example.test:x".utf8), false),
            ([], false),
            (Array(":".utf8), false),
            (Array("auth".utf8), false),
            (Array("auth:alice".utf8), false),
            (Array("auth:alice:example.test".utf8), false),
            (Array("auth:::".utf8), false),
            (Array("AUTH:guest1:example.test:x".utf8), false),
            (Array("auth:alice:example.test:".utf8) + [0xff, 0xfe], false),
            (Array("auth:guest1\0:example.test:x".utf8), false),
            ([UInt8](repeating: 0x61, count: 65_535), false),
            (Array("auth:guest1:example.test:".utf8) + [UInt8](repeating: 0x61, count: 65_510), false),
            (Array("auth:alice:example.test:\(LoginAPI.alicePassword)".utf8), true),
        ]
        let program = try ExternalAuth(api.arguments(), input: questions.flatMap { ExternalAuth.frame($0.text) })
        #expect(program.answers == questions.flatMap { ExternalAuth.answer($0.isYes) })
        #expect(program.process.exit == .code(0))
        #expect(!program.said.contains(LoginAPI.alicePassword))
        #expect(!program.said.contains(api.password))
    }
}
