/// A name and a value in a list of facts; the row is there also while there is no value.
enum FactRow {
    /// - Parameter isTall: whether room is kept for a second line.
    static func html(_ name: HTML, _ value: HTML?, isTall: Bool = false) -> HTML {
        let tall: HTML = isTall ? " class=\"tall\"" : ""
        return "<dt>\(name)</dt><dd\(tall)>\(value ?? "–")</dd>"
    }

    /// A row with a text.
    static func html(_ name: HTML, _ value: String?) -> HTML {
        let text: HTML? = value.map(HTML.text)
        return html(name, text, isTall: false)
    }
}
