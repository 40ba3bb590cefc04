/// A name in a namespace (Namespaces in XML 1.0); the namespace is empty where there is none.
struct XMLName: Sendable, Hashable, CustomStringConvertible {
    var namespace: String
    var local: String

    init(_ local: String, in namespace: String = "") {
        self.namespace = namespace
        self.local = local
    }

    var description: String { namespace.isEmpty ? local : "{\(namespace)}\(local)" }
}
