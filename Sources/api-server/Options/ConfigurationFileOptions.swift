internal import ArgumentParser

/// The file that gives options of `serve`.
struct ConfigurationFileOptions: ParsableArguments {
    @Option(
        name: .customLong(ConfigurationFile.option),
        help: .init(
            """
            Read options of serve from this file (YAML or JSON). (default: \(ConfigurationFile.standardPaths[0]), or \
            .json, where there is one)
            """, valueName: "file"), completion: .file())
    var path: String?
}
