/// An input that broke an invariant, and which one.
struct FuzzFinding: Error, CustomStringConvertible {
    let description: String

    /// Throws unless the invariant holds.
    static func unless(_ holds: Bool, _ description: @autoclosure () -> String) throws(FuzzFinding) {
        if !holds { throw FuzzFinding(description: description()) }
    }
}
