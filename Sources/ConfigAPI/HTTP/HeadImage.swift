internal import BridgeEngine

/// The head of a request as it lies in libmicrohttpd's memory once it is parsed, and where its parts are: by it the next
/// request of a connection is known to be the same to the byte.
struct HeadImage: Sendable {
    /// Where a field's name and value lie, counted from the method's first byte.
    struct Part: Sendable, Equatable {
        let name: Int
        let nameSize: Int
        let value: Int
        let valueSize: Int
    }

    /// All bytes from the method to the empty line; they mostly hold a password.
    let bytes: Secret
    let size: Int
    /// Where the target and the version lie.
    let target: Int
    let version: Int
    let parts: [Part]
}
