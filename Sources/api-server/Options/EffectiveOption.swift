/// An option, its value, and where that comes from.
struct EffectiveOption {
    let option: OptionDescription
    /// As given; none where the default counts.
    let values: [String]
    let source: OptionSource
}
