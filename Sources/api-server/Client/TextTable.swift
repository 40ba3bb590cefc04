/// Columns under a heading, for people.
struct TextTable {
    private var rows: [[String]]

    init(heading: [String]) {
        rows = [heading]
    }

    /// Adds a row. What others wrote can't look like another row.
    mutating func add(_ row: [String]) {
        rows.append(row.map(LogText.escaped))
    }

    /// The rows, each with its end; the last column is as wide as it likes.
    var text: String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.compactMap { $0.dropFirst(column).first?.count }.max() ?? 0 }
        return rows.map { row in
            var line = ""
            for (cell, width) in zip(row, widths) {
                line += cell + String(repeating: " ", count: width - cell.count + 2)
            }
            while line.hasSuffix(" ") { line.removeLast() }
            return line + "\n"
        }.joined()
    }
}
