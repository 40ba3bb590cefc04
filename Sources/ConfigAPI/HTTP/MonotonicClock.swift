internal import Glibc

/// The clock that measures how long something takes.
enum MonotonicClock {
    /// Nanoseconds since some moment in the past; costs no system call.
    static var nanoseconds: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
