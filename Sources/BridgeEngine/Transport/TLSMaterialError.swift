/// Why ``TLSMaterial`` refused its input: which input, what is wrong with it, and a sentence for a person.
///
/// Nothing in it comes from a private key's bytes.
public struct TLSMaterialError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The input that was refused.
    public enum Input: String, Sendable, CaseIterable {
        /// The certificate and its chain.
        case certificateChain
        /// The certificate's private key.
        case privateKey
        /// The certificates (and revocation lists) to trust.
        case trustRoots
        /// The revocation lists that every certificate is checked against.
        case revocationLists
        /// None of them: OpenSSL itself could not be set up.
        case library
    }

    /// What is wrong with it.
    public enum Problem: String, Sendable, CaseIterable {
        /// A certificate came without its key, or a key without its certificate.
        case missing
        /// A PEM block is damaged, or the bytes are no PEM at all.
        case unreadable
        /// No `CERTIFICATE` block is in it.
        case noCertificate
        /// No `X509 CRL` block is in it.
        case noRevocationList
        /// No private key is in it.
        case noPrivateKey
        /// The private key is protected with a pass phrase.
        case encryptedPrivateKey
        /// The private key belongs to another certificate.
        case keyMismatch
        /// OpenSSL does not accept it, for instance because the key is too short.
        case refused
    }

    /// The input that was refused.
    public let input: Input
    /// What is wrong with it.
    public let problem: Problem
    /// A sentence for a person, without a final stop.
    public let detail: String

    init(_ input: Input, _ problem: Problem, _ detail: String) {
        self.input = input
        self.problem = problem
        self.detail = detail
    }

    /// The detail.
    public var description: String { detail }
}
