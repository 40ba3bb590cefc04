internal import BridgeEngine
internal import Glibc

/// A file that an option names, read whole.
struct NamedFile {
    /// Far above any certificate bundle or revocation list, far below what would hurt.
    private static let mostBytes = 16 << 20

    /// The option, as in `--xmpp-key`, or what the file is.
    let option: String
    let path: String
    let bytes: [UInt8]
    /// The permissions, of a regular file.
    private let mode: mode_t?

    /// Reads a file; `-` is standard input where that is allowed.
    /// - Throws: `StartError` that names the option and the path.
    init(_ path: String, option: String, mayBeStandardInput: Bool = false) throws(StartError) {
        func failure(_ number: Int32) -> StartError { StartError("\(option) \(path): \(SystemError.text(number)).") }
        self.option = option
        self.path = path
        let isInput = mayBeStandardInput && path == "-"
        let descriptor = isInput ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(errno) }
        defer { if !isInput { close(descriptor) } }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw failure(errno) }
        mode = status.st_mode & S_IFMT == S_IFREG ? status.st_mode & 0o7777 : nil
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &piece, piece.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure(errno) }
            if count == 0 { break }
            bytes += piece[..<count]
            guard bytes.count <= Self.mostBytes else { throw StartError("\(option) \(path): the file is too large.") }
        }
        piece.withUnsafeMutableBytes { if let base = $0.baseAddress { explicit_bzero(base, $0.count) } }
        self.bytes = bytes
    }

    /// The password in the file: without one final newline.
    var password: Secret {
        var end = bytes.count
        if bytes.last == UInt8(ascii: "\n") {
            end -= 1
            if end > 0, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        }
        return Secret(bytes[..<end])
    }

    /// A warning where others than the owner may read the secret in the file.
    var exposure: StartWarning? { mode.flatMap { Self.exposure(of: path, mode: $0) } }

    /// The same for a file that is not read here; nil also where it can't be looked at.
    static func exposure(of path: String) -> StartWarning? {
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return exposure(of: path, mode: status.st_mode & 0o7777)
    }

    private static func exposure(of path: String, mode: mode_t) -> StartWarning? {
        guard mode & (S_IRGRP | S_IROTH) != 0 else { return nil }
        let digits = String(mode, radix: 8)
        return StartWarning(
            message: "others may read a file with a secret",
            details: [LogKey.file: path, LogKey.mode: String(repeating: "0", count: max(0, 4 - digits.count)) + digits])
    }
}
