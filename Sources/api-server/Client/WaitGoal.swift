internal import ArgumentParser

/// What is waited for.
enum WaitGoal: String, CaseIterable, ExpressibleByArgument {
    /// The component is registered.
    case connected
    /// It is, or the first attempt with these settings has failed.
    case settled
}
