internal import COpenSSL

/// The check of the server's certificate inside OpenSSL's verify callback.
///
/// It runs before our own certificate is sent, so a server that fails gets none. OpenSSL builds and judges the chain;
/// its complaints are collected rather than obeyed one by one, so that the detail can name them all, and the verdict is
/// ours: it is good only when nothing at all was found wrong. OpenSSL's own name check accepts common names and partial
/// wildcards and is not used.
enum CertificateVerification {
    /// Makes every session of this `SSL_CTX *` be checked.
    static func install(in context: OpaquePointer) {
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        SSL_CTX_set_cert_verify_callback(context, { store, _ in CertificateVerification.verify(store) }, nil)
    }

    /// Makes the sessions of this `SSL_CTX *` hand over what can be resumed, to the cache that the evidence names.
    static func keepSessions(of context: OpaquePointer) {
        shim_SSL_CTX_set_session_cache_mode(context, Int(SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL))
        // Runs inside the calls of TLSConnection, like the check; 0 = the session stays the connection's.
        SSL_CTX_sess_set_new_cb(context) { connection, session in
            guard let connection, let session,
                let pointer = SSL_get_ex_data(connection, CertificateVerification.evidenceIndex)
            else { return 0 }
            let evidence = Unmanaged<TLSEvidence>.fromOpaque(pointer).takeUnretainedValue()
            let isResumed = SSL_session_reused(connection) == 1
            let resumable = TLSResumableSession(
                copying: session, mutual: evidence.isMutual(resumed: isResumed), longest: TLSSessionCache.longest,
                earlier: isResumed ? evidence.offered : nil)
            if let resumable { evidence.sessions.keep(resumable, for: evidence.sessionKey) }
            return 0
        }
    }

    /// Ties a session (`SSL *`) to what it must prove. The evidence must live as long as the session.
    static func attach(_ evidence: TLSEvidence, to session: OpaquePointer) -> Bool {
        SSL_set_ex_data(session, evidenceIndex, Unmanaged.passUnretained(evidence).toOpaque()) == 1
    }

    /// Index 0 is the one OpenSSL keeps for the application (`SSL_set_app_data`).
    private static let evidenceIndex: Int32 = 0

    private static func evidence(of store: OpaquePointer) -> TLSEvidence? {
        guard
            let session = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()),
            let evidence = SSL_get_ex_data(OpaquePointer(session), evidenceIndex)
        else { return nil }
        return Unmanaged<TLSEvidence>.fromOpaque(evidence).takeUnretainedValue()
    }

    /// Returns 1 to go on with the handshake and 0 to end it; the error set in the store chooses the alert.
    private static func verify(_ store: OpaquePointer?) -> Int32 {
        guard let store else { return 0 }
        guard let evidence = evidence(of: store), let certificate = X509_STORE_CTX_get0_cert(store) else {
            X509_STORE_CTX_set_error(store, X509_V_ERR_UNSPECIFIED)
            return 0
        }
        guard evidence.verification != .none else {
            X509_STORE_CTX_set_error(store, X509_V_OK)
            return 1
        }
        evidence.chainProblems = []
        X509_STORE_CTX_set_verify_cb(store) { accepted, store in
            if accepted == 0, let store { CertificateVerification.note(store) }
            return 1
        }
        // Anything but 1 here is a failure of the check itself, since the callback above refuses nothing.
        if X509_verify_cert(store) != 1 {
            noteUntrusted(store, "could not be checked: \(errorText(store))", evidence)
        }
        if CertificateReader.isAuthority(certificate) {
            X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED)
            noteUntrusted(store, "is a CA's, not a server's", evidence)
        }
        let names = CertificateReader.names(of: certificate)
        var problems = evidence.chainProblems
        if evidence.verification == .full {
            problems += CertificateProblem.missingNames(in: names, identity: evidence.identity)
        }
        let subject = CertificateReader.subject(of: certificate)
        evidence.certificateFailure = CertificateProblem.failure(problems, names: names, subject: subject)
        guard let failure = evidence.certificateFailure else {
            X509_STORE_CTX_set_error(store, X509_V_OK)
            return 1
        }
        X509_STORE_CTX_set_error(store, alertCode(for: failure.reason, evidence))
        return 0
    }

    /// Adds OpenSSL's present complaint to the evidence.
    ///
    /// A list that came with the trusted certificates is used where there is one; lists that the administrator gave by
    /// themselves are demanded for the whole chain.
    private static func note(_ store: OpaquePointer) {
        let code = X509_STORE_CTX_get_error(store)
        guard let evidence = evidence(of: store) else { return }
        if code == X509_V_ERR_UNABLE_TO_GET_CRL, !evidence.demandsRevocationLists || isAnchor(store) { return }
        guard let certificate = X509_STORE_CTX_get_current_cert(store) else {
            noteUntrusted(store, "is not trusted: \(errorText(store))", evidence)
            return
        }
        // Above the server's own certificate the complaint is about one of its issuers.
        let isOwn = X509_STORE_CTX_get_error_depth(store) == 0
        let issuer = isOwn ? "" : "was issued under \(CertificateReader.subject(of: certificate)), which "
        switch code {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            let date = CertificateReader.notAfter(of: certificate)
            evidence.chainProblems.append(.expired("\(issuer)expired on \(date)"))
        case X509_V_ERR_CERT_NOT_YET_VALID:
            let date = CertificateReader.notBefore(of: certificate)
            evidence.chainProblems.append(.notYetValid("\(issuer)is not valid before \(date)"))
        case X509_V_ERR_CERT_REVOKED:
            evidence.chainProblems.append(.revoked("\(issuer)has been revoked"))
        case X509_V_ERR_UNABLE_TO_GET_CRL:
            let authority = CertificateReader.issuer(of: certificate)
            noteUntrusted(store, "\(issuer)can't be checked: there is no revocation list of \(authority)", evidence)
        case X509_V_ERR_CRL_HAS_EXPIRED:
            let authority = CertificateReader.issuer(of: certificate)
            let due = X509_STORE_CTX_get0_current_crl(store).map { CertificateReader.nextUpdate(of: $0) }
            noteUntrusted(
                store,
                "\(issuer)can't be checked: the revocation list of \(authority) is outdated, the next one was due on "
                    + (due ?? "an unknown date"), evidence)
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE where evidence.untrustedCode != nil:
            // Always follows an issuer that was not found, which says more.
            break
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
            noteUntrusted(store, "is self-signed and not in the trust store", evidence)
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
            let missing = CertificateReader.issuer(of: certificate)
            noteUntrusted(store, "is not trusted: its issuer \(missing) is not in the trust store", evidence)
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
            let root = CertificateReader.subject(of: certificate)
            noteUntrusted(store, "is not trusted: its CA \(root) is not in the trust store", evidence)
        case X509_V_ERR_INVALID_PURPOSE where isOwn:
            noteUntrusted(store, "is not allowed for TLS servers (key usage)", evidence)
        default:
            noteUntrusted(store, "\(issuer)is not trusted: \(errorText(store))", evidence)
        }
    }

    /// Whether the complaint is about the end of the chain above the server's certificate. Where the administrator trusts
    /// an intermediate as it is, its own issuer's list is not the chain's business (RFC 5280 §6.1).
    private static func isAnchor(_ store: OpaquePointer) -> Bool {
        guard let chain = X509_STORE_CTX_get0_chain(store) else { return false }
        let depth = X509_STORE_CTX_get_error_depth(store)
        return depth > 0 && depth == shim_sk_X509_num(chain) - 1
    }

    private static func noteUntrusted(_ store: OpaquePointer, _ text: String, _ evidence: TLSEvidence) {
        evidence.untrustedCode = evidence.untrustedCode ?? X509_STORE_CTX_get_error(store)
        evidence.chainProblems.append(.untrusted(text))
    }

    private static func errorText(_ store: OpaquePointer) -> String {
        X509_verify_cert_error_string(Int(X509_STORE_CTX_get_error(store))).map { String(cString: $0) }
            ?? "unknown error"
    }

    /// The error from which OpenSSL makes the alert: `certificate_expired`, `unknown_ca`, `bad_certificate`, ….
    private static func alertCode(for reason: FailureReason, _ evidence: TLSEvidence) -> Int32 {
        switch reason {
        case .certificateExpired: X509_V_ERR_CERT_HAS_EXPIRED
        case .certificateNotYetValid: X509_V_ERR_CERT_NOT_YET_VALID
        case .certificateRevoked: X509_V_ERR_CERT_REVOKED
        case .certificateDomainMismatch, .certificateHostMismatch: X509_V_ERR_HOSTNAME_MISMATCH
        default: evidence.untrustedCode ?? X509_V_ERR_CERT_REJECTED
        }
    }
}
