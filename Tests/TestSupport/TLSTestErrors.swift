internal import COpenSSL

/// Puts this thread's OpenSSL error queue into a state that careless code leaves behind.
public enum TLSTestErrors {
    /// Adds one error to the queue.
    public static func leaveOne() {
        ERR_new()
        ERR_set_debug("test", 1, "leaveOne")
        withVaList([]) { ERR_vset_error(ERR_LIB_SSL, SSL_R_BAD_LENGTH, nil, $0) }
    }
}
