import Foundation

/// Where the files are that belong to the product and are not built.
enum RepositoryRoot {
    private static let url = URL(fileURLWithPath: #filePath).appending(path: "../../../..").standardized

    /// The absolute path of something there.
    static func path(_ name: String) -> String { url.appending(path: name).path }
}
