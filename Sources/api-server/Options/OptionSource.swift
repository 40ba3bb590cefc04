/// Where the value of an option comes from. An earlier one goes before a later one.
enum OptionSource: Equatable {
    case commandLine
    case variable(String)
    /// The line counts from 1.
    case file(String, line: Int)
    case standard
}
