internal import BridgeEngine

/// An attempt as a picture: a lane for each kind of step with its bars, and, folded away, the same as text.
struct AttemptPicture: Sendable {
    let timeline: AttemptTimeline
    /// Begins the ids of what is in it, since two may stand in one page.
    let id: HTML

    private static let rowHeight = 28

    /// The picture, which is as high for any attempt, and its text.
    var html: HTML {
        let lanes = AttemptLanes(timeline).lanes
        return """
            <div class="attempt">
            <div class="lanes">\(.joined(lanes.map(Self.row)))</div>
            <p class="axis quiet"><span>0 ms</span><span>\(SpanOfTime.words(microseconds: timeline.microseconds))</span></p>
            <details id="\(id)-steps"><summary>Steps as text</summary>
            \(AttemptText(timeline: timeline).html)
            </details>
            </div>
            """
    }

    /// What takes the place of a picture while there is no attempt; of the same height.
    static func empty(id: HTML) -> HTML {
        AttemptPicture(timeline: AttemptTimeline(), id: id).html
    }

    /// A lane's name, its bars, and in words what they say: nobody has to tell colours apart.
    private static func row(_ lane: AttemptLanes.Lane) -> HTML {
        let bars = lane.bars.map { bar -> HTML in
            """
            <rect class="bar \(bar.outcome.rawValue)" x="\(bar.x)" y="\(bar.y * rowHeight / 1000 + 2)" \
            width="\(bar.width)" height="\(max(4, bar.height * (rowHeight - 4) / 1000))"/>
            """
        }
        let words: HTML =
            lane.outcome.map { outcome in
                "\(outcome.mark) \(SpanOfTime.words(microseconds: lane.microseconds))"
            } ?? "–"
        return """
            <p class="lane"><span class="lane-name">\(lane.step.words)</span>\
            <svg viewBox="0 0 1000 \(rowHeight)" preserveAspectRatio="none" aria-hidden="true" focusable="false">\
            <rect class="ground" x="0" y="0" width="1000" height="\(rowHeight)"/>\(.joined(bars))</svg>\
            <span class="lane-words \(lane.outcome?.rawValue ?? "none")">\(words)</span></p>
            """
    }
}

extension AttemptTimeline.Outcome {
    /// A sign and a word.
    var mark: HTML {
        switch self {
        case .underWay: "<span aria-hidden=\"true\">…</span> under way,"
        case .succeeded: "<span aria-hidden=\"true\">✓</span> done,"
        case .failed: "<span aria-hidden=\"true\">✕</span> failed,"
        case .cancelled: "<span aria-hidden=\"true\">–</span> dropped,"
        }
    }
}
