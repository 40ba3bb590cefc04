import NIOConcurrencyHelpers
import TestSupport

@testable import ConfigAPI

/// Keeps what it is told to answer.
final class NotedResponder: Responder {
    struct Answers: Sendable {
        var responses: [HTTPServerResponse] = []
        /// The bytes of a stream so far.
        var stream = ""
        var isStreamFinished = false
        var isWatched = false
    }

    private struct Stream: ResponseStream {
        let answers: WatchedValue<Answers>

        func write(_ bytes: [UInt8]) -> Bool {
            answers.update { $0.stream += String(decoding: bytes, as: UTF8.self) }
            return true
        }

        func finish() { answers.update { $0.isStreamFinished = true } }
    }

    let answers = WatchedValue(Answers())
    private let gone: NIOLockedValueBox<(@Sendable () -> Void)?> = .init(nil)

    func respond(_ response: HTTPServerResponse) { answers.update { $0.responses.append(response) } }

    func startStream(_ response: HTTPServerResponse) -> any ResponseStream {
        answers.update { answers in
            answers.responses.append(response)
            answers.stream += String(decoding: response.body, as: UTF8.self)
        }
        return Stream(answers: answers)
    }

    func onClientGone(_ callback: @escaping @Sendable () -> Void) {
        gone.withLockedValue { $0 = callback }
        answers.update { $0.isWatched = true }
    }

    /// The client leaves.
    func leave() { gone.withLockedValue { $0 }?() }
}
