internal import BridgeEngine
internal import Dispatch
internal import Logging
internal import NIOConcurrencyHelpers

/// Reads the certificates for the XMPP server anew when one of their files has changed, or when it is told to.
///
/// A set that can't be used is refused as a whole, with a warning, and the old one stays in use; it is tried again after a
/// while, for the fault may have been the moment's. Files that go together are rarely replaced in one instant, so a change
/// counts once the files have been the same for two looks.
final class XMPPMaterialWatch: Sendable {
    /// How often it looks.
    static let interval = DispatchTimeInterval.seconds(1)
    /// After how many looks a set that could not be used is tried again.
    private static let patience = 60

    private struct Seen {
        /// The files as they were when they were read, or refused.
        var read: [FileFingerprint?]
        /// The files at the last look.
        var looked: [FileFingerprint?]
        /// Why the last set could not be used; nil where it could.
        var refusal: String?
        /// How many looks ago that was.
        var looksSinceRefusal = 0
    }

    private let options: XMPPOptions
    private let logger: Logger
    private let onChange: @Sendable (TLSMaterial) -> Void
    private let seen: NIOLockedValueBox<Seen>
    private let isStopped = NIOLockedValueBox(false)
    private let queue = DispatchQueue(label: "certificates")

    /// - Parameters:
    ///   - files: what the options' files were before they were read.
    ///   - onChange: gets each new set, on a thread of the watch's own.
    init(
        _ options: XMPPOptions, files: [FileFingerprint?], logger: Logger,
        onChange: @escaping @Sendable (TLSMaterial) -> Void
    ) {
        self.options = options
        self.logger = logger
        self.onChange = onChange
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

    /// Reads the files, changed or not; returns before it is done.
    func reload() {
        queue.async { self.read(isAsked: true) }
    }

    private func look() {
        let files = options.files.map(FileFingerprint.init)
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
        let files = options.files.map(FileFingerprint.init)
        let result = Result { try XMPPMaterial(options) }
        let refusal: String? = if case .failure(let error) = result { "\(error)" } else { nil }
        let isNew = seen.withLockedValue { seen in
            defer { seen = Seen(read: files, looked: files, refusal: refusal) }
            return isAsked || seen.refusal != refusal || files != seen.read
        }
        if isStopped.withLockedValue({ $0 }) { return }
        switch result {
        case .success(let material):
            material.warning?.log(to: logger)
            onChange(material.tls)
            logger.notice("read the certificates for the XMPP server anew")
        case .failure(let error) where isNew:
            logger.warning(
                "the certificates for the XMPP server can't be used; the old ones stay",
                metadata: ["reason": "\(error)"])
        case .failure: break
        }
    }
}
