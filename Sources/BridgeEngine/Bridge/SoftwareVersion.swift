/// What the component says of its software (XEP-0092).
public struct SoftwareVersion: Sendable, Equatable {
    /// The program's name; default `Callbridge`.
    public var name = "Callbridge"
    /// The program's version; empty by default.
    public var version = ""

    /// The defaults.
    public init() {}
}
