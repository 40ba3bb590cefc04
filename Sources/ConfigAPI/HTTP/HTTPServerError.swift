/// Why a server could not be set up.
public struct HTTPServerError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What failed.
    public enum Code: Sendable, Equatable {
        /// A listening address could not be resolved or bound.
        case cannotListen
        /// The server was started twice, or libmicrohttpd or the kernel refused its threads or descriptors.
        case cannotStart
        /// A certificate or key cannot be read, or they do not belong together.
        case badIdentity
        /// The authorities for client certificates cannot be read.
        case badClientAuthorities
        /// A certificate could not be made.
        case cannotMakeCertificate
    }

    /// What failed.
    public let code: Code
    /// One sentence for an administrator. Never holds key material.
    public let message: String

    /// The sentence.
    public var description: String { message }

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}
