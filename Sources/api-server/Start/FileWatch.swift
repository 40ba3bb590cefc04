internal import BridgeEngine
internal import Dispatch
internal import Logging
internal import NIOConcurrencyHelpers

/// Reads files anew when one of them has changed, or when it is told to.
///
/// What can't be used is refused as a whole, with a warning, and the old contents stay in use; it is tried again after a
/// while, for the fault may have been the moment's. Files that go together are rarely replaced in one instant, so a change
/// counts once the files have been the same for two looks.
final class FileWatch: Sendable {
    /// How often it looks.
    static let interval = DispatchTimeInterval.seconds(1)
    /// After how many looks what could not be used is tried again.
    private static let patience = 60

    /// What the log says about the files; constant texts.
    struct Messages: Sendable {
        /// They are in use.
        let read: Logger.Message
        /// They can't be used.
        let refused: Logger.Message
    }

    private struct Seen {
        /// The files as they were when they were read, or refused.
        var read: [FileFingerprint?]
        /// The files at the last look.
        var looked: [FileFingerprint?]
        /// Why the last contents could not be used; nil where they could.
        var refusal: String?
        /// How many looks ago that was.
        var looksSinceRefusal = 0
    }

    private let paths: [String]
    private let messages: Messages
    private let logger: Logger
    private let use: @Sendable () throws -> Void
    private let seen: NIOLockedValueBox<Seen>
    private let isStopped = NIOLockedValueBox(false)
    private let queue = DispatchQueue(label: "files")

    /// - Parameters:
    ///   - messages: what the log says.
    ///   - files: what they were before they were read.
    ///   - use: reads them and puts them to use, or throws and changes nothing; called on a thread of the watch's own.
    init(
        _ paths: [String], messages: Messages, files: [FileFingerprint?], logger: Logger,
        use: @escaping @Sendable () throws -> Void
    ) {
        self.paths = paths
        self.messages = messages
        self.logger = logger
        self.use = use
        seen = NIOLockedValueBox(Seen(read: files, looked: files))
    }

    /// Begins to look every ``interval``, until `stop` or the end of the object. To be called once.
    func start() {
        queue.asyncAfter(deadline: .now() + Self.interval) { [weak self] in
            guard let self, !isStopped.withLockedValue({ $0 }) else { return }
            look()
            start()
        }
    }

    /// Looks no more.
    func stop() {
        isStopped.withLockedValue { $0 = true }
    }

    /// Reads the files, changed or not, and returns when they are in use or refused.
    func reload() async {
        await withCheckedContinuation { continuation in
            queue.async {
                self.read(isAsked: true)
                continuation.resume()
            }
        }
    }

    private func look() {
        let files = paths.map(FileFingerprint.init)
        let isSettled = seen.withLockedValue { seen in
            defer { seen.looked = files }
            guard files == seen.looked else { return false }
            if files != seen.read { return true }
            if seen.refusal != nil { seen.looksSinceRefusal += 1 }
            return seen.looksSinceRefusal >= Self.patience
        }
        if isSettled { read(isAsked: false) }
    }

    /// - Parameter isAsked: whether somebody waits for an answer in the log, even if it is the last one again.
    private func read(isAsked: Bool) {
        if isStopped.withLockedValue({ $0 }) { return }
        let files = paths.map(FileFingerprint.init)
        let result = Result { try use() }
        let refusal: String? = if case .failure(let error) = result { "\(error)" } else { nil }
        let isNew = seen.withLockedValue { seen in
            defer { seen = Seen(read: files, looked: files, refusal: refusal) }
            return isAsked || seen.refusal != refusal || files != seen.read
        }
        if let refusal {
            guard isNew else { return }
            logger.warning(messages.refused, metadata: [LogKey.error: "\(refusal)"])
        } else {
            logger.notice(messages.read)
        }
    }
}
