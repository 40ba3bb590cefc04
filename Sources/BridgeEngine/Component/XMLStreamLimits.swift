/// What a peer's XML may cost us.
struct XMLStreamLimits: Sendable {
    /// The stream header, XML declaration included; bytes.
    var header = 4 * 1024
    /// One stanza; bytes.
    var stanza = 256 * 1024
    /// One tag; bytes. expat spells out the namespace of each attribute that has a prefix, so a tag may cost the square
    /// of its length.
    var tag = 16 * 1024
    /// The names in a stanza, of elements and attributes, each with its namespace spelt out; bytes.
    var names = 4 * 1024 * 1024
    /// Elements inside each other, the stream element included.
    var depth = 64
    /// What the parser may read again and again because a token came in pieces; bytes a stanza.
    var rescanned = 8 * 1024 * 1024
}
