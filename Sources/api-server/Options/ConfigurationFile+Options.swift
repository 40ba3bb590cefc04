internal import ArgumentParser

extension ConfigurationFile {
    /// Holds the file against what it may have.
    /// - Throws: `ValidationError` for the first name that is none of an option, with the one that is like it, if any, and
    ///   for a list where one value counts.
    func check(against options: [OptionDescription]) throws {
        for entry in entries {
            let place = "\(path):\(entry.line)"
            if entry.name == Self.option {
                throw ValidationError("\(place): A configuration file can't name another one.")
            }
            guard let option = options.first(where: { $0.name == entry.name }) else {
                let nearest = NearestName.of(entry.name, in: options.map(\.name))
                let hint = nearest.map { "Did you mean '\($0)'?" } ?? "The names are those of the options of serve."
                throw ValidationError("\(place): Unknown name '\(entry.name)'. \(hint)")
            }
            if entry.isList, !option.isRepeating {
                throw ValidationError("\(place): \(entry.name): It takes one value, not a list.")
            }
        }
    }

    /// What the file says of an option; nil where it says nothing.
    func value(of option: OptionDescription) -> EffectiveOption? {
        guard let entry = entries.first(where: { $0.name == option.name }), !entry.values.isEmpty else { return nil }
        return EffectiveOption(option: option, values: entry.values, source: .file(path, line: entry.line))
    }
}
