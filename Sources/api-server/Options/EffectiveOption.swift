/// An option, its value, and where that comes from.
struct EffectiveOption {
    let option: OptionDescription
    /// As given; none where the default counts.
    let values: [String]
    let source: OptionSource

    /// How an error names a source beside the command line; nil for that, and for the default.
    var place: String? {
        switch source {
        case .commandLine, .standard: nil
        case .variable(let name): name
        case .file(let path, let line): "\(path):\(line): \(option.name)"
        }
    }
}
