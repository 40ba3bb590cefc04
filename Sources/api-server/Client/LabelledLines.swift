/// Lines with a label in front, the values below each other.
struct LabelledLines {
    private var lines: [(label: String, value: String)] = []

    /// Adds a line, with an empty label one that goes on with the line above; nothing where there is no value. What others wrote can't look like another line.
    mutating func add(_ label: String, _ value: String?) {
        guard let value else { return }
        lines.append((label, LogText.escaped(value)))
    }

    /// Adds a line of values; nothing where there are none.
    mutating func add(_ label: String, _ values: [String]?) {
        guard let values, !values.isEmpty else { return }
        add(label, values.joined(separator: ", "))
    }

    /// The lines, each with its end.
    var text: String {
        let width = (lines.map(\.label.count).max() ?? 0) + 1
        return lines.map { label, value in
            let label = label.isEmpty ? "" : label + ":"
            let blanks = String(repeating: " ", count: width + 1 - label.count)
            return "\(label)\(blanks)\(value)\n"
        }.joined()
    }
}
