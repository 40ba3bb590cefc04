internal import BridgeEngine
internal import COpenSSL
internal import Foundation

/// A password as it is stored: scrypt (RFC 7914) with its parameters and salt, in PHC string format,
/// `$scrypt$ln=14,r=8,p=5$<salt>$<hash>`.
struct PasswordHash: Sendable, Equatable {
    /// The cost of a hash: 2^`logN` blocks of 128·`r` bytes, `p` times.
    struct Cost: Sendable, Equatable {
        var logN: UInt64
        var r: UInt64
        var p: UInt64

        /// 16 MiB and about a quarter of a second: OWASP's equal of N=2^17, p=1, which would need 128 MiB.
        static let standard = Cost(logN: 14, r: 8, p: 5)

        /// The bytes that scrypt needs, with room to spare.
        fileprivate var memory: UInt64 { 128 * r * ((1 << logN) + p) + 1 << 20 }
    }

    /// No hash worth the name is available.
    struct Failure: Error {}

    let cost: Cost
    private let salt: [UInt8]
    private let hash: Secret

    /// Hashes a password with a new random salt. Takes the time and memory of `cost`.
    init(_ password: Secret, cost: Cost = .standard) throws(Failure) {
        var salt = [UInt8](repeating: 0, count: 16)
        guard RAND_bytes(&salt, Int32(salt.count)) == 1 else { throw Failure() }
        self.cost = cost
        self.salt = salt
        hash = try Self.derive(password, salt, cost, length: 32)
    }

    /// A hash that no password has: comparing with it takes the time and memory of `cost`, making it takes none.
    static func ofNobody(cost: Cost) throws(Failure) -> PasswordHash {
        var random = [UInt8](repeating: 0, count: 48)
        guard RAND_bytes(&random, Int32(random.count)) == 1 else { throw Failure() }
        return PasswordHash(cost: cost, salt: Array(random[..<16]), hash: Secret(random[16...]))
    }

    private init(cost: Cost, salt: [UInt8], hash: Secret) {
        self.cost = cost
        self.salt = salt
        self.hash = hash
    }

    /// Reads a stored hash; nil if it is none, or if its cost is out of bounds.
    init?(_ text: String) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0].isEmpty, parts[1] == "scrypt", let cost = Self.cost(parts[2]),
            let salt = Self.bytes(parts[3]), let hash = Self.bytes(parts[4]), hash.count == 32
        else { return nil }
        self.cost = cost
        self.salt = salt
        self.hash = Secret(hash)
    }

    /// The form for the database. It allows guessing, so it belongs nowhere else.
    var stored: String {
        let hash = hash.withUnsafeBytes { Self.base64(Array($0)) }
        return "$scrypt$ln=\(cost.logN),r=\(cost.r),p=\(cost.p)$\(Self.base64(salt))$\(hash)"
    }

    /// Whether this is the hash of that password. Takes the time and memory of the hash's cost.
    func matches(_ password: Secret) -> Bool {
        guard let other = try? Self.derive(password, salt, cost, length: hash.count) else { return false }
        return other == hash
    }

    private static func derive(
        _ password: Secret, _ salt: [UInt8], _ cost: Cost, length: Int
    ) throws(Failure) -> Secret {
        var output = [UInt8](repeating: 0, count: length)
        let result = password.withUnsafeBytes { bytes in
            EVP_PBE_scrypt(
                bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count, salt, salt.count,
                1 << cost.logN, cost.r, cost.p, cost.memory, &output, length)
        }
        guard result == 1 else {
            ERR_clear_error()
            throw Failure()
        }
        return Secret(output)
    }

    private static func cost(_ text: Substring) -> Cost? {
        var values: [Substring: UInt64] = [:]
        for pair in text.split(separator: ",") {
            let parts = pair.split(separator: "=")
            guard parts.count == 2, let value = UInt64(parts[1]) else { return nil }
            values[parts[0]] = value
        }
        guard let logN = values["ln"], let r = values["r"], let p = values["p"],
            (1...20).contains(logN), (1...32).contains(r), (1...16).contains(p)
        else { return nil }
        return Cost(logN: logN, r: r, p: p)
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        let text = Data(bytes).base64EncodedString()
        return String(text.prefix { $0 != "=" })
    }

    private static func bytes(_ text: Substring) -> [UInt8]? {
        let padding = String(repeating: "=", count: (4 - text.count % 4) % 4)
        return Data(base64Encoded: text + padding).map(Array.init)
    }
}
