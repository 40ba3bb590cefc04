internal import BridgeEngine

/// A page of the event log, with the way to the others.
struct EventSection: Sendable {
    /// Nil where the log can't be read.
    let events: StatusPage.Events?
    let page: Page
    /// The attempt that the page shows, to be shown on the log's other pages too.
    let chosen: Int64?

    /// The section.
    var html: HTML { StatusPage.section("events", "Event log", content) }

    private var content: HTML {
        guard let events else { return "<p class=\"bad\">The event log can't be read at the moment.</p>" }
        guard !events.entries.isEmpty else {
            return events.total == 0
                ? "<p>Nothing has happened yet.</p>" : "<p>There are no older events.</p>\(pages(events))"
        }
        let items = events.entries.map { entry -> HTML in
            """
            <li id="event-\(entry.id)"><p class="quiet">\(.time(entry.event.at))</p>
            <p>\(EventWords(event: entry.event).html)</p></li>
            """
        }
        return "<ol class=\"log\">\(.joined(items, by: "\n"))</ol>\(pages(events))"
    }

    private func pages(_ events: StatusPage.Events) -> HTML {
        let (first, last) = (page.offset + 1, page.offset + events.entries.count)
        var links: [HTML] = []
        // From behind the end straight to the last of them.
        if page.offset > 0 {
            links.append(link("Newer events", to: max(0, min(page.offset, events.total) - page.limit)))
        }
        if last < events.total { links.append(link("Older events", to: page.offset + page.limit)) }
        let range: HTML = events.entries.isEmpty ? "None" : "\(first)–\(last)"
        return """
            <nav class="pages" aria-label="Pages of the event log"><p>\(range) of \(events.total)</p>\
            \(.joined(links, by: " "))</nav>
            """
    }

    private func link(_ text: HTML, to offset: Int) -> HTML {
        let attempt: HTML = chosen.map { "&amp;attempt=\($0)" } ?? ""
        return "<a href=\"?events=\(offset)\(attempt)#events\">\(text)</a>"
    }
}
