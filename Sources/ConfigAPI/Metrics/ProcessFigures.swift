internal import Glibc

/// What the kernel says of this process, in `/proc/self` (proc(5)).
struct ProcessFigures: Sendable {
    /// Processor time used, in seconds.
    let cpuSeconds: Double
    /// Memory in use, in bytes.
    let residentBytes: Int
    /// Address space, in bytes.
    let virtualBytes: Int
    let threads: Int
    let openFiles: Int
    /// The soft limit of open files.
    let mostFiles: Int

    /// Reads them; nil where there is no `/proc`.
    init?() {
        // The name of the program, in parentheses, may hold anything; the third field is the first behind it.
        guard let text = Self.read("/proc/self/stat"), let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        func field(_ number: Int) -> Int { fields.count > number - 3 ? Int(fields[number - 3]) ?? 0 : 0 }
        cpuSeconds = Double(field(14) + field(15)) / Double(max(sysconf(Int32(_SC_CLK_TCK)), 1))
        threads = field(20)
        virtualBytes = field(23)
        residentBytes = field(24) * Int(getpagesize())
        openFiles = Self.countOpenFiles()
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        mostFiles = Int(clamping: limit.rlim_cur)
    }

    /// When this process started, in seconds since 1970; nil where there is no `/proc`.
    ///
    /// The kernel counts from its own start; when that was follows from two clocks, for a sandbox may hide `/proc/stat`.
    static func startTime() -> Double? {
        guard let text = read("/proc/self/stat"), let end = text.lastIndex(of: ")") else { return nil }
        let bootTime = seconds(CLOCK_REALTIME) - seconds(CLOCK_BOOTTIME)
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 19, let ticks = Double(fields[19]) else { return nil }
        return bootTime + ticks / Double(max(sysconf(Int32(_SC_CLK_TCK)), 1))
    }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func countOpenFiles() -> Int {
        guard let directory = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        // The directory itself, its parent, and the descriptor that reads it.
        return max(count - 3, 0)
    }

    private static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 8192)
        while true {
            let count = Glibc.read(descriptor, &piece, piece.count)
            guard count > 0 else { break }
            bytes += piece[..<count]
        }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }
}
