internal import Glibc

/// One line on a terminal that is written again and again while a command waits.
final class ProgressLine {
    /// Where nobody has said how wide the terminal is.
    private static let standardWidth = 80
    /// Back to the line's beginning, and the line is empty (ECMA-48, EL).
    private static let empty = "\r\u{1B}[K"

    private var isShown = false

    /// nil where standard error is no terminal: then there is nobody to read it.
    init?() {
        guard isatty(STDERR_FILENO) == 1 else { return nil }
    }

    /// Shows a text instead of the last one.
    func show(_ text: String) {
        StandardStream.error.write(Self.empty + Self.line(text, width: width))
        isShown = true
    }

    /// Leaves an empty line.
    func clear() {
        if isShown { StandardStream.error.write(Self.empty) }
        isShown = false
    }

    /// The text, safe for a terminal and cut so that it does not reach the last column: there some terminals go on to
    /// the next line.
    static func line(_ text: String, width: Int) -> String {
        let text = LogText.escaped(text)
        guard text.count >= width else { return text }
        return text.prefix(max(width - 2, 0)) + "…"
    }

    private var width: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return Self.standardWidth }
        return Int(size.ws_col)
    }
}
