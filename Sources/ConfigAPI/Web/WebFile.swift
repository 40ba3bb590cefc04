internal import HTTPTypes

/// A file that the pages load, embedded in the program. It tells nothing of the configuration.
enum WebFile: String, Sendable, CaseIterable {
    case style = "style.css"
    case script = "script.js"
    case icon = "icon.svg"

    /// The bytes.
    var bytes: [UInt8] {
        switch self {
        case .style: PackageResources.style_css
        case .script: PackageResources.script_js
        case .icon: PackageResources.icon_svg
        }
    }

    /// The media type.
    var contentType: String {
        switch self {
        case .style: "text/css; charset=utf-8"
        case .script: "text/javascript; charset=utf-8"
        case .icon: "image/svg+xml"
        }
    }

    /// The entity tag, with its quotes: other for other bytes.
    var tag: String { Self.tags[self] ?? "" }

    private static let tags = Dictionary(
        uniqueKeysWithValues: allCases.map { ($0, "\"\(ContentTag.hex(of: $0.bytes))\"") })
}
