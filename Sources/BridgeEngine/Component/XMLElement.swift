/// An element with what it holds.
struct XMLElement: Sendable, Equatable {
    /// An element or a run of text inside an element.
    enum Node: Sendable, Equatable {
        case element(XMLElement)
        case text(String)
    }

    var name: XMLName
    var attributes: [XMLName: String] = [:]
    var children: [Node] = []

    /// The value of an attribute without a namespace.
    subscript(attribute: String) -> String? { attributes[XMLName(attribute)] }

    /// The elements directly inside, in order.
    var elements: [XMLElement] {
        children.compactMap { if case .element(let element) = $0 { element } else { nil } }
    }

    /// The first element of that name directly inside.
    func first(_ name: XMLName) -> XMLElement? {
        elements.first { $0.name == name }
    }

    /// The text directly inside.
    var text: String {
        children.map { if case .text(let text) = $0 { text } else { "" } }.joined()
    }
}
