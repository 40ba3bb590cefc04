/// Somebody who has proved who they are.
struct User: Sendable, Equatable {
    let name: String
    let role: Role
}
