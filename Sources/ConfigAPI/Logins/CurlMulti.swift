internal import BridgeEngine
internal import CCurl
internal import Glibc

/// libcurl's multi interface: the one file of the API that knows libcurl.
///
/// Redirects are not followed and the environment's proxies do not count: what is sent holds passwords, and goes to the
/// URL's server alone.
///
/// Unchecked, because of the handles: everything is called on one serial queue, `wakeUp` apart, which libcurl allows
/// from any thread, and `deinit`, when nobody else can hold it.
final class CurlMulti: @unchecked Sendable {
    /// Connections to all servers together; what is beyond waits for one.
    private static let mostConnections = 32
    /// What is read of an answer's body, which means nothing; a longer one ends the transfer.
    private static let mostBytes = 64 * 1024

    private let authorities: [UInt8]?
    private let multi = curl_multi_init()
    private var transfers: [UInt64: CurlTransfer] = [:]

    init(authorities: [UInt8]?) {
        self.authorities = authorities
        guard let multi else { return }
        _ = callbridge_curl_multi_set_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, Self.mostConnections)
    }

    deinit {
        for transfer in transfers.values { _ = curl_multi_remove_handle(multi, transfer.handle) }
        transfers = [:]
        curl_multi_cleanup(multi)
    }

    /// Makes `wait` return, now or the next time.
    func wakeUp() { if let multi { _ = curl_multi_wakeup(multi) } }

    /// Waits until there is something to do, at most so long.
    func wait(_ limit: Duration) {
        guard let multi else { return }
        let (seconds, attoseconds) = max(limit, .zero).components
        // Rounded up: or the last millisecond is spent in turns without a wait.
        let milliseconds = min(seconds, 60) * 1000 + attoseconds / 1_000_000_000_000_000 + 1
        _ = curl_multi_poll(multi, nil, 0, Int32(milliseconds), nil)
    }

    /// Begins a transfer.
    /// - Returns: why it can't, as a sentence; nil where it has begun.
    func add(_ id: UInt64, _ url: String, _ body: Secret) -> String? {
        guard let multi, let transfer = CurlTransfer(id: id, body: body, mostBytes: Self.mostBytes) else {
            return "libcurl can't be used."
        }
        if let problem = transfer.prepare(url: url, authorities: authorities) { return problem }
        guard curl_multi_add_handle(multi, transfer.handle) == CURLM_OK else { return "libcurl can't be used." }
        transfers[id] = transfer
        return nil
    }

    /// Ends a transfer, done or not.
    func remove(_ id: UInt64) {
        guard let transfer = transfers.removeValue(forKey: id) else { return }
        _ = curl_multi_remove_handle(multi, transfer.handle)
    }

    /// Does what can be done without waiting.
    /// - Returns: the transfers that are done; they are to be removed.
    func perform() -> [(id: UInt64, outcome: HTTPTransfers.Outcome)] {
        guard let multi else { return [] }
        var running: Int32 = 0
        _ = curl_multi_perform(multi, &running)
        var ended: [(UInt64, HTTPTransfers.Outcome)] = []
        var code = CURLE_OK
        while let handle = callbridge_curl_multi_ended(multi, &code) {
            guard let transfer = transfers.values.first(where: { $0.handle == handle }) else { continue }
            ended.append((transfer.id, transfer.outcome(code)))
        }
        return ended
    }
}

/// One transfer of ``CurlMulti``'s, with what libcurl borrows for it.
private final class CurlTransfer {
    let id: UInt64
    let handle: UnsafeMutableRawPointer
    /// Lent to libcurl until the transfer has been removed, and zeroed then.
    private let bytes: UnsafeMutableRawBufferPointer
    private let message = UnsafeMutableBufferPointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))
    private var headers: UnsafeMutablePointer<curl_slist>?
    private let mostBytes: Int
    private var received = 0

    init?(id: UInt64, body: Secret, mostBytes: Int) {
        guard let handle = curl_easy_init() else { return nil }
        self.id = id
        self.handle = handle
        self.mostBytes = mostBytes
        bytes = .allocate(byteCount: body.count, alignment: 1)
        body.withUnsafeBytes { bytes.copyMemory(from: $0) }
        message.initialize(repeating: 0)
    }

    deinit {
        curl_easy_cleanup(handle)
        curl_slist_free_all(headers)
        if let address = bytes.baseAddress { explicit_bzero(address, bytes.count) }
        bytes.deallocate()
        message.deallocate()
    }

    /// - Returns: what is wrong, as a sentence; nil: it can begin.
    func prepare(url: String, authorities: [UInt8]?) -> String? {
        // An empty one keeps libcurl from waiting for "100 Continue".
        for line in ["Content-Type: application/json", "Accept:", "Expect:"] {
            headers = curl_slist_append(headers, line)
        }
        var codes = [
            callbridge_curl_set_string(handle, CURLOPT_URL, url),
            callbridge_curl_set_string(handle, CURLOPT_PROTOCOLS_STR, "http,https"),
            callbridge_curl_set_string(handle, CURLOPT_PROXY, ""),
            callbridge_curl_set_string(handle, CURLOPT_USERAGENT, "Callbridge"),
            callbridge_curl_set_long(handle, CURLOPT_NOSIGNAL, 1),
            callbridge_curl_set_long(handle, CURLOPT_FOLLOWLOCATION, 0),
            callbridge_curl_set_long(handle, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1)),
            callbridge_curl_set_long(handle, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2)),
            // Or the end of a transfer waits for a look-up that takes long, and with it all others.
            callbridge_curl_set_long(handle, CURLOPT_QUICK_EXIT, 1),
            callbridge_curl_set_pointer(handle, CURLOPT_HTTPHEADER, headers),
            callbridge_curl_set_pointer(handle, CURLOPT_ERRORBUFFER, message.baseAddress),
            callbridge_curl_lend_body(handle, bytes.baseAddress, bytes.count),
            callbridge_curl_set_write(handle, Self.receive, Unmanaged.passUnretained(self).toOpaque()),
        ]
        if let authorities {
            // libcurl would trust the system's as well.
            codes.append(callbridge_curl_set_pointer(handle, CURLOPT_CAPATH, nil))
            codes.append(
                authorities.withUnsafeBytes { callbridge_curl_set_authorities(handle, $0.baseAddress, $0.count) })
        }
        return codes.first { $0 != CURLE_OK }.map {
            "libcurl can't be used: \(String(cString: curl_easy_strerror($0)))."
        }
    }

    func outcome(_ code: CURLcode) -> HTTPTransfers.Outcome {
        let status = callbridge_curl_get_long(handle, CURLINFO_RESPONSE_CODE)
        // The status was there; what else the service says means nothing.
        if code == CURLE_OK || (code == CURLE_WRITE_ERROR && status != 0) { return .answered(status) }
        let text = message.baseAddress.map { String(cString: $0) } ?? ""
        let words = text.isEmpty ? String(cString: curl_easy_strerror(code)) : text
        return .failed("\(words).")
    }

    /// Called by `curl_multi_perform` on its thread, for a transfer that has not been removed.
    private static let receive: curl_write_callback = { _, size, count, context in
        guard let context else { return 0 }
        let transfer = Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue()
        transfer.received += size * count
        // Less than there was is an error for libcurl.
        return transfer.received <= transfer.mostBytes ? size * count : 0
    }
}
