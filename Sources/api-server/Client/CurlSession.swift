internal import BridgeEngine
internal import CCurl
internal import Glibc

/// Requests to one server with one user's credentials, by libcurl, over connections that are kept.
///
/// The password goes to libcurl as it is, never into a URL. Redirects are not followed: they could lead anywhere. The
/// environment's proxies (`https_proxy`, `no_proxy`) count for servers on other machines. Blocks; one thread.
final class CurlSession {
    /// How long a connection may take.
    private static let connectLimit = Duration.seconds(10)
    /// Far above any answer of the API.
    private static let mostBytes = 16 << 20

    let url: ServerURL
    let user: String
    private let password: Secret
    private let authorities: NamedFile?
    private let certificate: NamedFile?
    private let key: NamedFile?
    private let isVerifying: Bool
    private let handle: UnsafeMutableRawPointer
    /// What libcurl says of the last failure.
    private let message = UnsafeMutableBufferPointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    /// The body of the answer that is under way.
    private var received: [UInt8] = []

    /// - Parameters:
    ///   - authorities: whom to trust; nil: the system's certificate authorities.
    ///   - certificate: shown to a server that asks for one, with its key.
    ///   - isVerifying: whether the server's certificate is checked.
    /// - Throws: `StartError` where libcurl can't be used.
    init(
        url: ServerURL, user: String, password: Secret, authorities: NamedFile?, certificate: NamedFile?,
        key: NamedFile?,
        isVerifying: Bool
    ) throws(StartError) {
        // A server that goes away in the middle of a write is an error of that write, not the end of the process.
        signal(SIGPIPE, SIG_IGN)
        guard let handle = curl_easy_init() else { throw StartError("libcurl can't be used.") }
        self.handle = handle
        self.url = url
        self.user = user
        self.password = password
        self.authorities = authorities
        self.certificate = certificate
        self.key = key
        self.isVerifying = isVerifying
    }

    deinit {
        curl_easy_cleanup(handle)
        message.deallocate()
    }

    /// Sends a request and reads its answer, whatever its status is.
    /// - Throws: `StartError` where no answer comes.
    func answer(to request: ServerRequest) throws(StartError) -> ServerAnswer {
        // Connections stay.
        curl_easy_reset(handle)
        var lines: UnsafeMutablePointer<curl_slist>?
        defer { curl_slist_free_all(lines) }
        // An empty one keeps libcurl from sending its own.
        for line in request.headers + ["Expect:"] { lines = curl_slist_append(lines, line) }
        try set(CURLOPT_HTTPHEADER, pointer: lines)
        try set(CURLOPT_URL, url.description + request.path)
        try setConnection()
        try set(CURLOPT_CUSTOMREQUEST, request.method)
        try set(CURLOPT_TIMEOUT_MS, milliseconds: request.limit)

        if let body = request.body {
            try set(CURLOPT_POSTFIELDSIZE, body.count)
            try check(body.withUnsafeBytes { callbridge_curl_set_body(handle, $0.baseAddress) })
        }
        received = []
        message[0] = 0
        try set(CURLOPT_ERRORBUFFER, pointer: message.baseAddress)
        try check(callbridge_curl_set_write(handle, Self.receive, Unmanaged.passUnretained(self).toOpaque()))
        let code = curl_easy_perform(handle)
        guard code == CURLE_OK else { throw failure(code) }
        return ServerAnswer(
            status: callbridge_curl_get_long(handle, CURLINFO_RESPONSE_CODE), entityTag: header("ETag"),
            retryAfter: header("Retry-After"), body: received)
    }

    /// A field of the last answer.
    private func header(_ name: String) -> String? {
        var header: UnsafeMutablePointer<curl_header>?
        guard curl_easy_header(handle, name, 0, UInt32(CURLH_HEADER), -1, &header) == CURLHE_OK else { return nil }
        return header.map { String(cString: $0.pointee.value) }
    }

    private func setConnection() throws(StartError) {
        try set(CURLOPT_PROTOCOLS_STR, "http,https")
        try set(CURLOPT_NOSIGNAL, 1)
        try set(CURLOPT_FOLLOWLOCATION, 0)
        try set(CURLOPT_CONNECTTIMEOUT_MS, milliseconds: Self.connectLimit)
        try set(CURLOPT_USERAGENT, "api-server/\(Version.text)")
        try check(callbridge_curl_set_basic_authentication(handle))
        try set(CURLOPT_USERNAME, user)
        let text = password.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        try set(CURLOPT_PASSWORD, text)
        // What is for this machine stays on it.
        if url.isLoopback { try set(CURLOPT_NOPROXY, "*") }
        try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let certificate, let key {
            try check(
                certificate.bytes.withUnsafeBytes { callbridge_curl_set_certificate(handle, $0.baseAddress, $0.count) })
            try check(key.bytes.withUnsafeBytes { callbridge_curl_set_key(handle, $0.baseAddress, $0.count) })
        }
        if !isVerifying {
            try set(CURLOPT_SSL_VERIFYPEER, 0)
            try set(CURLOPT_SSL_VERIFYHOST, 0)
        } else if let authorities {
            // libcurl would trust the system's as well.
            try set(CURLOPT_CAPATH, pointer: nil)
            try check(
                authorities.bytes.withUnsafeBytes {
                    callbridge_curl_set_authorities(handle, $0.baseAddress, $0.count)
                })
        }
    }

    /// Called by `curl_easy_perform` on its thread, with the session that called it.
    private static let receive: curl_write_callback = { bytes, size, count, context in
        guard let bytes, let context else { return 0 }
        let session = Unmanaged<CurlSession>.fromOpaque(context).takeUnretainedValue()
        // Less than there was is an error for libcurl.
        guard session.received.count + size * count <= mostBytes else { return 0 }
        session.received += UnsafeRawBufferPointer(start: bytes, count: size * count)
        return size * count
    }

    private func set(_ option: CURLoption, _ value: Int) throws(StartError) {
        try check(callbridge_curl_set_long(handle, option, value))
    }

    private func set(_ option: CURLoption, _ value: String) throws(StartError) {
        try check(callbridge_curl_set_string(handle, option, value))
    }

    private func set(_ option: CURLoption, pointer: UnsafeMutableRawPointer?) throws(StartError) {
        try check(callbridge_curl_set_pointer(handle, option, pointer))
    }

    private func set(_ option: CURLoption, milliseconds limit: Duration) throws(StartError) {
        let (seconds, attoseconds) = limit.components
        try set(option, Int(seconds * 1000 + attoseconds / 1_000_000_000_000_000))
    }

    private func check(_ code: CURLcode) throws(StartError) {
        guard code == CURLE_OK else {
            throw StartError("libcurl can't be used: \(String(cString: curl_easy_strerror(code))).")
        }
    }

    /// Why no answer came.
    private func failure(_ code: CURLcode) -> StartError {
        let message = self.message.baseAddress.map { String(cString: $0) } ?? ""
        let words = message.isEmpty ? String(cString: curl_easy_strerror(code)) : message
        let number = Int32(callbridge_curl_get_long(handle, CURLINFO_OS_ERRNO))
        return switch code {
        case CURLE_COULDNT_RESOLVE_HOST: StartError("\(url): the address of \(url.host) can't be found.")
        case CURLE_COULDNT_CONNECT where number != 0: StartError("\(url): \(SystemError.text(number)).")
        case CURLE_OPERATION_TIMEDOUT: StartError("\(url): the server does not answer (\(words)).")
        case CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_SEND_ERROR:
            StartError("\(url): the connection was closed before the whole answer was there (\(words)).")
        case CURLE_PEER_FAILED_VERIFICATION:
            StartError(
                """
                \(url): the server's certificate is not accepted (\(words)). --ca-file names what to trust; a server that \
                made its own certificate has it beside its database, with .crt added to its name.
                """)
        case CURLE_SSL_CACERT_BADFILE:
            StartError("--ca-file \(authorities?.path ?? ""): there is no certificate (PEM) in it that can be used.")
        case CURLE_SSL_CERTPROBLEM:
            StartError(
                """
                --client-certificate \(certificate?.path ?? ""), --client-key \(key?.path ?? ""): they can't be used \
                (\(words)).
                """)
        case CURLE_SSL_CONNECT_ERROR: StartError("\(url): TLS failed (\(words)).")
        default: StartError("\(url): \(words).")
        }
    }
}
