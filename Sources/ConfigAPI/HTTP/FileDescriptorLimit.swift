public import Logging

internal import Glibc

/// The number of files that this process may have open.
public enum FileDescriptorLimit {
    /// Raises the soft limit (`RLIMIT_NOFILE`) to the hard limit if `count` needs it.
    ///
    /// Debian's soft limit is 1,024, which is less than a thousand waiting clients take.
    /// - Returns: The soft limit that now holds; less than `count` if the hard limit is lower, which is logged.
    @discardableResult
    public static func raise(toHold count: Int, logger: Logger) -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 0 }
        let soft = Int(clamping: limit.rlim_cur)
        if soft < count {
            limit.rlim_cur = limit.rlim_max
            if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) != 0 { limit.rlim_cur = rlim_t(soft) }
        }
        let now = Int(clamping: limit.rlim_cur)
        if now < count {
            logger.warning(
                "The limit of open files is too low for the connection limit",
                metadata: ["limit": "\(now)", "needed": "\(count)"])
        }
        return now
    }
}
