internal import BridgeEngine

/// Where the bars of an attempt's picture stand: a lane for each kind of step, time from left to right.
struct AttemptLanes: Sendable, Equatable {
    /// A bar, in thousandths of the picture's width and of its lane's height.
    struct Bar: Sendable, Equatable {
        let x: Int
        let width: Int
        let y: Int
        let height: Int
        let outcome: AttemptTimeline.Outcome
    }

    /// A step's lane.
    struct Lane: Sendable, Equatable {
        let step: ConnectionStep
        let bars: [Bar]
        /// How the step stands, all its bars together; nil where it has not begun.
        let outcome: AttemptTimeline.Outcome?
        /// From the first bar's begin to the last one's end, in microseconds.
        let microseconds: Int64
    }

    /// Bars that overlap in time share their lane's height, but not among more than so many.
    static let mostRows = 4
    /// The least width of a bar, so that it can be seen.
    static let leastWidth = 6

    /// One for each kind of step, in their order, whether it has happened or not: the picture's height never changes.
    let lanes: [Lane]

    init(_ timeline: AttemptTimeline) {
        let whole = max(
            1, timeline.microseconds, timeline.steps.map { $0.offset + $0.microseconds }.max() ?? 1)
        lanes = ConnectionStep.allCases.map { step in
            Self.lane(step, timeline.steps.filter { $0.step == step }, whole)
        }
    }

    private static func lane(_ step: ConnectionStep, _ steps: [AttemptTimeline.Step], _ whole: Int64) -> Lane {
        // When each row is free again.
        var rows: [Int64] = []
        var places: [Int] = []
        for step in steps {
            let end = step.offset + step.microseconds
            if let row = rows.firstIndex(where: { $0 <= step.offset }) {
                rows[row] = end
                places.append(row)
            } else if rows.count < mostRows {
                rows.append(end)
                places.append(rows.count - 1)
            } else {
                let row = rows.indices.min { rows[$0] < rows[$1] } ?? 0
                rows[row] = max(rows[row], end)
                places.append(row)
            }
        }
        let height = 1000 / max(1, rows.count)
        let bars = zip(steps, places).map { step, row -> Bar in
            let width = max(leastWidth, Int(step.microseconds * 1000 / whole))
            let x = min(Int(step.offset * 1000 / whole), 1000 - min(width, 1000))
            return Bar(
                x: x, width: min(width, 1000), y: row * height, height: height, outcome: step.outcome)
        }
        let begin = steps.map(\.offset).min() ?? 0
        let end = steps.map { $0.offset + $0.microseconds }.max() ?? 0
        return Lane(step: step, bars: bars, outcome: outcome(of: steps), microseconds: end - begin)
    }

    /// One address that answers is enough.
    private static func outcome(of steps: [AttemptTimeline.Step]) -> AttemptTimeline.Outcome? {
        let outcomes = Set(steps.map(\.outcome))
        return [.underWay, .succeeded, .failed, .cancelled].first { outcomes.contains($0) }
    }
}
