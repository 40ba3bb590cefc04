/// Which known name somebody may have meant.
enum NearestName {
    /// The name that is most like a wrong one; nil where none has even half of it.
    static func of(_ name: String, in known: [String]) -> String? {
        let near = known.map { (name: $0, distance: distance(name, $0)) }.min { $0.distance < $1.distance }
        return near.flatMap { $0.distance <= max(name.utf8.count, $0.name.utf8.count) / 2 ? $0.name : nil }
    }

    /// How many bytes have to be changed, added or taken away to make one of the other (Levenshtein).
    private static func distance(_ left: String, _ right: String) -> Int {
        let right = Array(right.utf8)
        var row = Array(0...right.count)
        for (index, byte) in left.utf8.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in right.indices {
                let change = diagonal + (byte == right[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(change, diagonal + 1, row[column] + 1)
            }
        }
        return row[right.count]
    }
}
