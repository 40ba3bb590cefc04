import Testing

@testable import ConfigAPI

@Suite struct MetricsTextTests {
    @Test func `a family has its help and type once, and its samples below`() {
        var text = MetricsText()
        text.family("x_total", .counter, "Xs, by y.")
        text.sample(1, ("y", "a"), ("z", "b"))
        text.sample(2, ("y", "c"))
        text.single("z", .gauge, "Zs.", 3)
        #expect(
            text.text == """
                # HELP x_total Xs, by y.
                # TYPE x_total counter
                x_total{y="a",z="b"} 1
                x_total{y="c"} 2
                # HELP z Zs.
                # TYPE z gauge
                z 3

                """)
    }

    @Test(arguments: [
        (0, "0.0"), (0.25, "0.25"), (1_795_544_649.533, "1795544649.533"), (2.5667e-05, "2.5667e-05"),
        (.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"),
    ]) func `numbers are written as Prometheus reads them`(value: Double, written: String) {
        var text = MetricsText()
        text.family("x", .gauge, "X.")
        text.sample(seconds: value)
        #expect(text.text.hasSuffix("\nx \(written)\n"))
    }

    @Test func `nothing that a label holds ends its line or its quotes`() {
        var text = MetricsText()
        text.family("x", .gauge, "A \"b\" \\ c\nd.")
        text.sample(1, ("y", "a\"b\\c\nd\u{301}"))
        #expect(text.text == "# HELP x A \"b\" \\\\ c\\nd.\n# TYPE x gauge\nx{y=\"a\\\"b\\\\c\\nd\u{301}\"} 1\n")
    }

    @Test func `the buckets of a histogram include the smaller ones, and their bounds`() {
        var histogram = MetricHistogram(bounds: [1_000_000, 2_500_000])
        for nanoseconds: UInt64 in [0, 1_000_000, 1_000_001, 2_500_001] { histogram.observe(nanoseconds: nanoseconds) }
        var text = MetricsText()
        text.family("x_seconds", .histogram, "X.")
        text.histogram(histogram, ("y", "a"))
        #expect(
            text.text == """
                # HELP x_seconds X.
                # TYPE x_seconds histogram
                x_seconds_bucket{y="a",le="0.001"} 2
                x_seconds_bucket{y="a",le="0.0025"} 3
                x_seconds_bucket{y="a",le="+Inf"} 4
                x_seconds_sum{y="a"} 0.004500002
                x_seconds_count{y="a"} 4

                """)
    }
}
