import Foundation
import Glibc

/// A terminal without a screen: the test is the person in front of it.
final class PseudoTerminal: Sendable {
    /// The device for the program.
    let path: String
    /// The person's side.
    private let person: Int32
    /// The device kept open, so that its settings outlive the program.
    private let device: Int32

    /// - Throws: `POSIXError` where the system gives none.
    init() throws {
        var (person, device): (Int32, Int32) = (-1, -1)
        // As long as a path of the kind can be (pty(7): /dev/pts and a number).
        var name = [CChar](repeating: 0, count: 128)
        guard openpty(&person, &device, &name, nil, nil) == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }
        for descriptor in [person, device] { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        path = name.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
        (self.person, self.device) = (person, device)
    }

    deinit {
        close(device)
        close(person)
    }

    /// Types text; a newline is the Return key.
    func type(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(person, bytes, bytes.count)
    }

    /// What the terminal has shown of what was typed.
    var shown: String {
        var waiting = pollfd(fd: person, events: Int16(POLLIN), revents: 0)
        var bytes = [UInt8](repeating: 0, count: 4096)
        var shown: [UInt8] = []
        while poll(&waiting, 1, 0) == 1, waiting.revents & Int16(POLLIN) != 0 {
            let count = read(person, &bytes, bytes.count)
            guard count > 0 else { break }
            shown += bytes[..<count]
        }
        return String(decoding: shown, as: UTF8.self)
    }

    /// Whether it shows what is typed.
    var hasEcho: Bool {
        var settings = termios()
        tcgetattr(device, &settings)
        return settings.c_lflag & tcflag_t(ECHO) != 0
    }
}
