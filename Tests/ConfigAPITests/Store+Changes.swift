@testable import ConfigAPI

extension Store {
    /// Makes a change and waits for its outcome.
    func set(_ fields: (inout ConfigurationChange) -> Void) async -> Outcome {
        var change = ConfigurationChange()
        fields(&change)
        return await withCheckedContinuation { continuation in
            self.change(change) { continuation.resume(returning: $0) }
        }
    }
}
