internal import HTTPTypes
internal import NIOConcurrencyHelpers

/// Counts the requests that have been answered.
///
/// An answer costs one lock, held for two array look-ups.
final class RequestMetrics: Sendable {
    /// The requests of one route and method.
    struct Series: Sendable {
        let template: RouteTemplate
        /// The method, or `other`.
        let method: String
        /// How many were answered with which code, in the order in which the codes came.
        var codes: [(code: Int, count: Int)] = []
        /// How long the answers took to make.
        var durations = MetricHistogram(bounds: MetricHistogram.short)

        /// Whether there was none.
        var isEmpty: Bool { codes.isEmpty }
    }

    /// What became of a name and a password that were not remembered, or had been guessed at too often.
    enum PasswordCheck: String, Sendable, CaseIterable {
        case accepted, refused
        /// There were too many wrong ones before; it was not looked at.
        case throttled
        /// The users could not be read.
        case unknown
        /// Too many others were waiting.
        case busy

        init(_ verdict: Authenticator.Verdict) {
            switch verdict {
            case .accepted: self = .accepted
            case .refused: self = .refused
            case .throttled: self = .throttled
            case .unknown: self = .unknown
            case .busy: self = .busy
            }
        }
    }

    /// The methods that are told apart.
    private static let methods: [HTTPRequest.Method] = [.get, .head, .put, .post, .delete, .options, .patch]

    private struct State {
        /// By template and then by method; the last method stands for all others.
        var series: [Series] = RouteTemplate.allCases.flatMap { template in
            (methods.map(\.rawValue) + ["other"]).map { Series(template: template, method: $0) }
        }
        var passwordChecks: [PasswordCheck: Int] = [:]
    }

    private let state = NIOLockedValueBox(State())

    /// Counts an answer.
    /// - Parameter nanoseconds: how long it took to make; nil where it has waited for something on purpose, or was
    ///   not made by a resource.
    func count(_ template: RouteTemplate, _ method: HTTPRequest.Method, code: Int, nanoseconds: UInt64?) {
        let column = Self.methods.firstIndex(of: method) ?? Self.methods.count
        let index = template.rawValue * (Self.methods.count + 1) + column
        state.withLockedValue { state in
            if let known = state.series[index].codes.firstIndex(where: { $0.code == code }) {
                state.series[index].codes[known].count += 1
            } else {
                state.series[index].codes.append((code, 1))
            }
            if let nanoseconds { state.series[index].durations.observe(nanoseconds: nanoseconds) }
        }
    }

    /// Counts a name and a password.
    func count(_ check: PasswordCheck) {
        state.withLockedValue { $0.passwordChecks[check, default: 0] += 1 }
    }

    /// What has been counted: the series that have something in them, and all checks of passwords.
    var counted: (series: [Series], passwordChecks: [PasswordCheck: Int]) {
        state.withLockedValue { state in (state.series.filter { !$0.isEmpty }, state.passwordChecks) }
    }
}
