internal import BridgeEngine
internal import Foundation

extension Secret {
    /// A password as it is hashed and compared: what looks the same is the same, however a keyboard writes it (SASLprep,
    /// RFC 4013 §2.1 and §2.2, by today's Unicode). XMPP servers prepare a client's password so before they ask.
    ///
    /// What is prepared stays the same when it is prepared again. What is no UTF-8 stays as it is.
    var prepared: Secret {
        withUnsafeBytes { bytes in
            if bytes.allSatisfy({ $0 < 128 }) { return self }
            guard let text = String(validating: bytes, as: UTF8.self) else { return self }
            var mapped = ""
            for scalar in text.unicodeScalars {
                if Self.isSpace(scalar) {
                    mapped += " "
                } else if !Self.isNothing(scalar) {
                    mapped.unicodeScalars.append(scalar)
                }
            }
            return Secret(mapped.precomposedStringWithCompatibilityMapping)
        }
    }

    /// RFC 3454, table C.1.2.
    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0xA0, 0x1680, 0x2000...0x200B, 0x202F, 0x205F, 0x3000: true
        default: false
        }
    }

    /// RFC 3454, table B.1.
    private static func isNothing(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0xAD, 0x34F, 0x1806, 0x180B...0x180D, 0x200C, 0x200D, 0x2060, 0xFE00...0xFE0F, 0xFEFF: true
        default: false
        }
    }
}
