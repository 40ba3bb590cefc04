internal import Foundation

/// A temporary directory of a test: made in `$TMPDIR` (or `/tmp`), mode 0700, removed with everything in it when the
/// object goes away or the process exits.
///
/// With the environment variable `KEEP_TEST_FILES` set to anything, nothing is removed.
public final class ScratchDirectory: Sendable {
    /// Absolute path, without a slash at its end.
    public let path: String
    private let token: ExitCleanup.Token

    /// Makes the directory.
    ///
    /// - Parameter label: a word that stands in the directory's name, for people who look into `/tmp`.
    /// - Throws: `CocoaError` when the temporary directory cannot be written.
    public init(_ label: String = "test") throws {
        let parent = ProcessInfo.processInfo.environment["TMPDIR"] ?? "/tmp"
        let path =
            "\(parent.hasSuffix("/") ? String(parent.dropLast()) : parent)/callbridge-\(label)-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        self.path = path
        token = ExitCleanup.register { Self.remove(path) }
    }

    deinit {
        ExitCleanup.unregister(token)
        Self.remove(path)
    }

    /// The absolute path of something inside.
    public func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Writes a file inside and tells its absolute path. Directories on the way are made.
    ///
    /// - Parameters:
    ///   - contents: the bytes, as UTF-8.
    ///   - name: path relative to the directory.
    ///   - mode: permissions, 0600 unless told otherwise.
    @discardableResult
    public func write(_ contents: String, to name: String, mode: Int = 0o600) throws -> String {
        let path = file(name)
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data(contents.utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
        return path
    }

    /// Makes a directory inside and tells its absolute path.
    @discardableResult
    public func makeDirectory(_ name: String) throws -> String {
        let path = file(name)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    private static func remove(_ path: String) {
        guard ProcessInfo.processInfo.environment["KEEP_TEST_FILES"] == nil else { return }
        // A server that was just ended may have left the directory half removed itself; what cannot be removed stays.
        try? FileManager.default.removeItem(atPath: path)
    }
}
