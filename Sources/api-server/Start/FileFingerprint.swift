internal import Glibc

/// What tells a file that was replaced or rewritten from what it was: a look at it costs microseconds.
struct FileFingerprint: Sendable, Equatable {
    private let device: dev_t
    private let node: ino_t
    private let size: off_t
    private let seconds: Int
    private let nanoseconds: Int

    /// Looks at a file, through symbolic links; nil where it can't be looked at.
    init?(_ path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        device = status.st_dev
        node = status.st_ino
        size = status.st_size
        seconds = status.st_mtim.tv_sec
        nanoseconds = status.st_mtim.tv_nsec
    }
}
