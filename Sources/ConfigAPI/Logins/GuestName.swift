/// The names that a Cisco Meeting Server makes for guests: `guest` and digits.
enum GuestName {
    /// Whether a normalised local part is one.
    static func isGuest(_ username: String) -> Bool {
        guard username.hasPrefix("guest") else { return false }
        let digits = username.utf8.dropFirst("guest".utf8.count)
        return !digits.isEmpty && digits.allSatisfy { (0x30...0x39).contains($0) }
    }
}
