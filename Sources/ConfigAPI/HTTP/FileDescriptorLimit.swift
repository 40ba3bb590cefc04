internal import Glibc

/// The number of files that this process may have open.
public enum FileDescriptorLimit {
    /// Raises the soft limit (`RLIMIT_NOFILE`) to the hard limit if `count` needs it.
    ///
    /// Debian's soft limit is 1,024, which is less than a thousand waiting clients take.
    /// - Returns: The soft limit that now holds; less than `count` if the hard limit is lower.
    public static func raise(toHold count: Int) -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 0 }
        let soft = Int(clamping: limit.rlim_cur)
        if soft < count {
            limit.rlim_cur = limit.rlim_max
            if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) != 0 { limit.rlim_cur = rlim_t(soft) }
        }
        return Int(clamping: limit.rlim_cur)
    }
}
