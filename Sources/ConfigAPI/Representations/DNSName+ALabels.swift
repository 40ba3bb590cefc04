internal import BridgeEngine
internal import Foundation

extension DNSName {
    /// An internationalised name in A-label form (UTS #46, as Foundation applies it); anything else as it is.
    static func aLabels(of text: String) -> String {
        guard !text.utf8.allSatisfy({ $0 < 128 }) else { return text }
        var components = URLComponents()
        components.host = text
        return components.encodedHost ?? text
    }
}
