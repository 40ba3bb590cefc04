internal import CMicroHTTPD
internal import HTTPTypes
internal import NIOConcurrencyHelpers

/// An answer that one connection gives again and again, each time with another id: libmicrohttpd takes it once.
///
/// What it takes is there from the first time on, and belongs to this object. The requests of a connection come one after
/// the other, so no answer is on its way while the id is changed; libmicrohttpd counts those that still are when this
/// object goes. The lock is for whoever drops it. Hence `@unchecked Sendable`.
final class PreparedResponse: @unchecked Sendable {
    private enum State {
        case given(HTTPServerResponse)
        case taken(OpaquePointer, status: UInt32, id: String)
        case refused
    }

    private let state: NIOLockedValueBox<State>

    init(_ response: HTTPServerResponse) {
        state = NIOLockedValueBox(.given(response))
    }

    deinit {
        state.withLockedValue { state in
            if case .taken(let pointer, _, _) = state { MHD_destroy_response(pointer) }
        }
    }

    /// Queues it on libmicrohttpd's connection; only inside the access handler.
    /// - Returns: False if libmicrohttpd refuses it, in which case the connection has to be closed.
    func queue(on connection: OpaquePointer, id: String) -> Bool {
        state.withLockedValue { state in
            if case .given(let response) = state { state = Self.taken(response) }
            guard case .taken(let pointer, let status, let last) = state else { return false }
            if let name = RequestID.fieldName?.rawName, id != last {
                _ = MHD_del_response_header(pointer, name, last)
                _ = MHD_add_response_header(pointer, name, id)
                state = .taken(pointer, status: status, id: id)
            }
            return MHD_queue_response(connection, status, pointer) == .YES
        }
    }

    private static func taken(_ response: HTTPServerResponse) -> State {
        // With MUST_COPY the memory is read only.
        let made = response.body.withUnsafeBytes { body in
            MHD_create_response_from_buffer(
                body.count, UnsafeMutableRawPointer(mutating: body.baseAddress), .RESPMEM_MUST_COPY)
        }
        guard let made else { return .refused }
        // What it refuses of these it has refused, and the server has told, when the answer was given first.
        for field in response.sentFields where field.name != RequestID.fieldName {
            _ = MHD_add_response_header(made, field.name.rawName, field.value)
        }
        return .taken(made, status: response.code, id: "")
    }
}
