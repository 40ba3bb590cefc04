internal import BridgeEngine

/// All metrics, as they are when they are asked for. `docs/metrics.md` lists them, and a test holds both together.
struct MetricsReport: Sendable {
    let requests: RequestMetrics
    let attempts: AttemptMetrics
    let logins: LoginMetrics
    let bridge: any BridgeControl
    let writes: StoreWrites
    /// What the HTTP server has to do.
    let load: @Sendable () -> HTTPServerLoad
    /// The version of this program.
    let version: String
    /// The CMS release that clients are told.
    let emulatedVersion: String
    private let startTime = ProcessFigures.startTime()

    init(
        requests: RequestMetrics, attempts: AttemptMetrics, logins: LoginMetrics, bridge: any BridgeControl,
        writes: StoreWrites, version: String, emulatedVersion: String, load: @escaping @Sendable () -> HTTPServerLoad
    ) {
        self.requests = requests
        self.attempts = attempts
        self.logins = logins
        self.bridge = bridge
        self.writes = writes
        self.version = version
        self.emulatedVersion = emulatedVersion
        self.load = load
    }

    /// The metrics in Prometheus' text format.
    func text() -> String {
        var text = MetricsText()
        addInformation(to: &text)
        addRequests(to: &text)
        addState(to: &text)
        addConnections(to: &text)
        addLogins(to: &text)
        addStore(to: &text)
        addProcess(to: &text)
        return text.text
    }

    private func addInformation(to text: inout MetricsText) {
        text.family("callbridge_build_info", .gauge, "Which Callbridge this is; always 1.")
        text.sample(1, ("version", version))
        text.family("callbridge_emulated_version_info", .gauge, "The CMS release that clients are told; always 1.")
        text.sample(1, ("version", emulatedVersion))
    }

    private func addRequests(to text: inout MetricsText) {
        let (series, passwordChecks) = requests.counted
        text.family("callbridge_http_requests_total", .counter, "Requests answered, by route, method and status code.")
        for series in series {
            for (code, count) in series.codes {
                text.sample(
                    count, ("route", series.template.path), ("method", series.method), ("code", String(code)))
            }
        }
        text.family(
            "callbridge_http_request_duration_seconds", .histogram,
            "Time from a whole request to its answer, but for long polls, event streams and malformed requests.")
        for series in series where series.durations.count > 0 {
            text.histogram(series.durations, ("route", series.template.path), ("method", series.method))
        }
        let load = load()
        text.single(
            "callbridge_http_requests_in_progress", .gauge,
            "Requests from their first line to the end of their answer.", load.requests)
        text.single(
            "callbridge_http_requests_waiting", .gauge,
            "Requests in progress that wait for something: long polls, event streams, changes, proofs of passwords.",
            load.waiting)
        text.single("callbridge_http_open_connections", .gauge, "Connections of API clients now.", load.connections)
        text.single(
            "callbridge_http_connections_total", .counter,
            "Connections of API clients taken in, those included that were over the soft limit.",
            load.connectionsMade)
        text.single(
            "callbridge_http_connections_refused_total", .counter,
            "Connections of API clients closed at once, because there were too many.", load.connectionsRefused)
        text.family(
            "callbridge_http_password_checks_total", .counter,
            "Names and passwords by what became of them; those that were remembered are not among them.")
        for check in RequestMetrics.PasswordCheck.allCases {
            text.sample(passwordChecks[check] ?? 0, ("result", check.rawValue))
        }
    }

    private func addStore(to text: inout MetricsText) {
        let writes = writes.counts
        text.family(
            "callbridge_store_commit_duration_seconds", .histogram,
            "Time until a change of the settings was on the disk, from when it was asked for.")
        text.histogram(writes.durations)
        text.single(
            "callbridge_store_failures_total", .counter, "Changes that could not be stored.",
            writes.failures)
    }

    private func addProcess(to text: inout MetricsText) {
        if let startTime {
            text.family("process_start_time_seconds", .gauge, "When the process started, in seconds since 1970.")
            text.sample(seconds: startTime)
        }
        guard let process = ProcessFigures() else { return }
        text.family("process_cpu_seconds_total", .counter, "Processor time used, user and system.")
        text.sample(seconds: process.cpuSeconds)
        text.single(
            "process_resident_memory_bytes", .gauge, "Memory in use, in bytes.", process.residentBytes)
        text.single("process_virtual_memory_bytes", .gauge, "Address space, in bytes.", process.virtualBytes)
        text.single("process_threads", .gauge, "Threads.", process.threads)
        text.single("process_open_fds", .gauge, "Open file descriptors.", process.openFiles)
        text.single("process_max_fds", .gauge, "The soft limit of open file descriptors.", process.mostFiles)
    }
}
