internal import CMicroHTTPD
internal import HTTPTypes

/// One connection of libmicrohttpd.
///
/// libmicrohttpd frees it behind our back, after the request's completion callback and the connection's closing
/// callback. So nobody uses it but its own daemon's thread inside a callback, and `HTTPExchange` under its lock while
/// the request has not completed; `resume` is made to be called from any thread. Hence `@unchecked Sendable`.
struct MHDConnection: @unchecked Sendable {
    private let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) { self.pointer = pointer }

    /// The session of GnuTLS, nil on a plain connection; only inside a callback.
    var tlsSession: OpaquePointer? { cb_mhd_tls_session(pointer).map(OpaquePointer.init) }

    /// Takes the connection out of the daemon's loop; only inside the access handler or a content reader.
    func suspend() { MHD_suspend_connection(pointer) }

    /// Puts a suspended connection back, once.
    func resume() { MHD_resume_connection(pointer) }

    /// Queues a complete answer; only inside the access handler.
    /// - Returns: False if libmicrohttpd refuses it, in which case the connection has to be closed.
    func send(_ response: HTTPServerResponse, rejectedField: (String) -> Void) -> Bool {
        let made = response.body.withUnsafeBytes { body in
            // With MUST_COPY the memory is read only.
            MHD_create_response_from_buffer(
                body.count, UnsafeMutableRawPointer(mutating: body.baseAddress), .RESPMEM_MUST_COPY)
        }
        return queue(made, response, rejectedField)
    }

    /// Queues an answer once more, with the request's id; only inside the access handler.
    /// - Returns: False if libmicrohttpd refuses it, in which case the connection has to be closed.
    func send(_ response: PreparedResponse, id: String) -> Bool { response.queue(on: pointer, id: id) }

    /// Queues an answer whose body is read from `source` until that ends it; only inside the access handler.
    ///
    /// The answer holds `source` until libmicrohttpd is through with it.
    /// - Returns: False if libmicrohttpd refuses it, in which case the connection has to be closed.
    func stream(
        _ response: HTTPServerResponse, from source: HTTPExchange, rejectedField: (String) -> Void
    ) -> Bool {
        let context = Unmanaged.passRetained(source)
        let made = MHD_create_response_from_callback(
            cb_mhd_size_unknown(), 8192,
            { context, _, buffer, size in
                guard let context, let buffer else { return cb_mhd_end_of_stream() }
                let exchange = Unmanaged<HTTPExchange>.fromOpaque(context).takeUnretainedValue()
                switch exchange.read(into: UnsafeMutableRawBufferPointer(start: buffer, count: size)) {
                case .bytes(let count): return count
                case .suspended: return 0
                case .end: return cb_mhd_end_of_stream()
                case .abort: return cb_mhd_end_with_error()
                }
            }, context.toOpaque(),
            { context in
                if let context { Unmanaged<HTTPExchange>.fromOpaque(context).release() }
            })
        if made == nil { context.release() }
        return queue(made, response, rejectedField)
    }

    private func queue(
        _ made: OpaquePointer?, _ response: HTTPServerResponse, _ rejectedField: (String) -> Void
    ) -> Bool {
        guard let made else { return false }
        defer { MHD_destroy_response(made) }
        for field in response.sentFields {
            if MHD_add_response_header(made, field.name.rawName, field.value) != .YES {
                rejectedField(field.name.rawName)
            }
        }
        return MHD_queue_response(pointer, response.code, made) == .YES
    }
}
