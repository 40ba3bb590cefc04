/// Everything that is wrong with the parameters of one request; never empty.
struct ParameterErrors: Error, Sendable, Equatable {
    let errors: [ParameterError]

    init(_ errors: [ParameterError]) {
        self.errors = errors
    }
}
