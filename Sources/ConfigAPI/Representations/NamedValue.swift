/// A parameter of a request: its name, and its value in text.
struct NamedValue: Sendable, Equatable {
    let name: String
    /// Empty where the parameter is to be cleared; nil where the value can't be read as text.
    let value: String?
    /// Whether a form has the name alone, without `=`: perhaps a part of the value before it.
    var isBare = false
}
