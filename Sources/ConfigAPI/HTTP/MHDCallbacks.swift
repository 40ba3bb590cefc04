internal import BridgeEngine
internal import CGnuTLS
internal import CMicroHTTPD
internal import Glibc
internal import Logging

/// The functions that libmicrohttpd calls, all on the daemon's thread.
///
/// Their context is the server's core, unretained: the server holds it until the daemon has stopped. The context of a
/// connection is its `HTTPConnection`, retained from the start of the connection to its closing; no context of a
/// request is left with libmicrohttpd, the connection holds it.
enum MHDCallbacks {
    typealias Context = UnsafeMutableRawPointer?

    /// `MHD_OPTION_NOTIFY_CONNECTION`: a connection starts or is about to be closed.
    static let connection: MHD_NotifyConnectionCallback = { context, pointer, slot, code in
        guard let context, let pointer, let slot else { return }
        let core = Unmanaged<HTTPServerCore>.fromOpaque(context).takeUnretainedValue()
        if cb_mhd_is_start(code) != 0 {
            guard let connection = core.start(cb_mhd_socket(pointer)) else { return }
            slot.pointee = Unmanaged.passRetained(connection).toOpaque()
        } else if let held = slot.pointee {
            slot.pointee = nil
            let connection = Unmanaged<HTTPConnection>.fromOpaque(held).takeRetainedValue()
            connection.close()
            core.remove(connection)
        }
    }

    /// `MHD_OPTION_URI_LOG_CALLBACK`: the request line is complete; the only sight of the whole target.
    static let requestLine: @convention(c) (Context, UnsafePointer<CChar>?, OpaquePointer?) -> Context = {
        context, target, pointer in
        guard let context, let target, let pointer, let connection = held(by: pointer) else { return nil }
        let core = Unmanaged<HTTPServerCore>.fromOpaque(context).takeUnretainedValue()
        let bytes = Array(UnsafeRawBufferPointer(start: target, count: strlen(target)))
        connection.begin(
            HTTPExchange(
                id: core.beginExchange(), rawTarget: bytes, connection: connection,
                handle: MHDConnection(pointer), core: core))
        // libmicrohttpd would now split the query, which takes some 60 bytes of the connection's memory for each
        // `&`, and a connection without memory hangs. It has already noted that the query begins behind the mark
        // and takes it as a C string: so it gets an empty one. The bytes are its own read buffer, in which it
        // writes itself at this place.
        if let mark = strchr(target, Int32(UInt8(ascii: "?"))), mark[1] != 0 { mark[1] = 0 }
        return nil
    }

    /// The access handler: once after the head, then for each piece of the body, once after the body, and again after
    /// each resumption. What `seen` points to is null in the first run only.
    static let access: MHD_AccessHandlerCallback = { _, pointer, url, method, version, upload, uploadSize, seen in
        guard let pointer, let url, let method, let version, let uploadSize, let seen,
            let connection = held(by: pointer), let exchange = connection.exchange
        else { return .NO }
        let step: HTTPExchange.Step
        if seen.pointee == nil {
            seen.pointee = UnsafeMutableRawPointer(bitPattern: 1)
            if let last = connection.repeated,
                last.image.isSame(pointer, method: method, url: url, version: version), exchange.receive(again: last)
            {
                return .YES
            }
            step = exchange.receive(
                RequestHead(pointer, method: method, rawTarget: exchange.target, url: url, version: version))
        } else if uploadSize.pointee > 0 {
            step = exchange.receive(body: UnsafeRawBufferPointer(start: upload, count: uploadSize.pointee))
            uploadSize.pointee = 0
        } else {
            step = exchange.receiveAll()
        }
        func rejected(_ name: String) {
            exchange.core.logger.error("response field that can't be sent", metadata: [LogKey.field: "\(name)"])
        }
        switch step {
        case .proceed:
            return .YES
        case .send(let response):
            return MHDConnection(pointer).send(response, rejectedField: rejected) ? .YES : .NO
        case .sendAgain(let response, let id):
            return MHDConnection(pointer).send(response, id: id) ? .YES : .NO
        case .stream(let response):
            return MHDConnection(pointer).stream(response, from: exchange, rejectedField: rejected) ? .YES : .NO
        case .close:
            return .NO
        }
    }

    /// `MHD_OPTION_NOTIFY_COMPLETED`: the request is over, well or not.
    static let completed: MHD_RequestCompletedCallback = { _, pointer, _, _ in
        guard let pointer else { return }
        held(by: pointer)?.endExchange()
    }

    /// `MHD_OPTION_UNESCAPE_CALLBACK`: leaves everything as sent. libmicrohttpd's own would decode in place, so that
    /// an encoded slash could no longer be told from a real one and an encoded NUL would end the path.
    static let unescape: @convention(c) (Context, OpaquePointer?, UnsafeMutablePointer<CChar>?) -> Int = {
        _, _, text in
        text.map { strlen($0) } ?? 0
    }

    /// `MHD_OPTION_HTTPS_CERT_CALLBACK`: gives a handshake its listener's certificate. libmicrohttpd has made the
    /// connection the session's pointer.
    static let certificate:
        @convention(c) (
            gnutls_session_t?, UnsafePointer<gnutls_datum_t>?, Int32, UnsafePointer<gnutls_pk_algorithm_t>?, Int32,
            UnsafeMutablePointer<UnsafeMutablePointer<gnutls_pcert_st>?>?, UnsafeMutablePointer<UInt32>?,
            UnsafeMutablePointer<gnutls_privkey_t?>?
        ) -> Int32 = { session, _, _, _, _, chain, length, key in
            guard let pointer = gnutls_session_get_ptr(session), let chain, let length, let key,
                let credentials = held(by: OpaquePointer(pointer))?.credentials
            else { return -1 }
            credentials.present(chain, length, key)
            // Without a list of authorities, which libmicrohttpd could not exchange: clients then send what they have.
            if credentials.clientTrust != nil { gnutls_certificate_server_set_request(session, GNUTLS_CERT_REQUEST) }
            return 0
        }

    /// `MHD_OPTION_EXTERNAL_LOGGER`. Nearly all messages are about what a client did wrong, so they are for debugging.
    static let log: MHD_LogCallback = {
        context, format, arguments in
        guard let context, let format, let arguments else { return }
        let core = Unmanaged<HTTPServerCore>.fromOpaque(context).takeUnretainedValue()
        guard core.logger.logLevel <= .debug else { return }
        let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 512) { buffer -> String in
            guard let base = buffer.baseAddress, vsnprintf(base, buffer.count, format, arguments) >= 0 else {
                return ""
            }
            return String(cString: base)
        }
        core.logger.debug(
            "libmicrohttpd reports", metadata: [LogKey.text: "\(text.prefix { $0 != "\n" })"])
    }

    /// The connection's own context; nil before its start and after its closing.
    private static func held(by pointer: OpaquePointer) -> HTTPConnection? {
        cb_mhd_socket_context(pointer).map { Unmanaged<HTTPConnection>.fromOpaque($0).takeUnretainedValue() }
    }
}
