internal import BridgeEngine
internal import Foundation

/// Reads the files that are named on the command line.
enum FileContents {
    /// The bytes of a file; the error names the option and the path.
    static func bytes(_ path: String, option: String) throws -> [UInt8] {
        do {
            return Array(try Data(contentsOf: URL(fileURLWithPath: path)))
        } catch {
            let reason =
                (error as? CocoaError)?.code == .fileReadNoSuchFile ? "there is no such file" : "it can't be read"
            throw StartError("\(option) \(path): \(reason).")
        }
    }

    /// A password or secret: the file's bytes without one final newline.
    static func secret(_ path: String, option: String) throws -> Secret {
        var bytes = try bytes(path, option: option)
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        guard !bytes.isEmpty else { throw StartError("\(option) \(path): the file is empty.") }
        return Secret(bytes)
    }
}
