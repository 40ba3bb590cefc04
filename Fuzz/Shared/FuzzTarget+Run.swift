extension FuzzTarget {
    /// Runs the target on an input of libFuzzer's, which takes the end of the process for a finding.
    func run(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
        do throws(FuzzFinding) {
            try check(Array(UnsafeBufferPointer(start: start, count: count)))
        } catch {
            fatalError("\(rawValue): \(error)")
        }
        return 0
    }
}
