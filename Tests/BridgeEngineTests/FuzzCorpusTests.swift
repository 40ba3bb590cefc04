import Foundation
import Testing

/// The inputs that fuzzing has kept, on the invariants that it holds the engine to.
@Suite struct FuzzCorpusTests {
    private static let corpus = URL(filePath: #filePath).appending(path: "../../../Fuzz/corpus").standardized

    @Test(arguments: FuzzTarget.allCases)
    func `what fuzzing has kept breaks no invariant`(target: FuzzTarget) throws {
        let folder = Self.corpus.appending(path: target.rawValue)
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        #expect(files.count >= 10, "\(folder.path) has lost its inputs")
        for file in files.sorted(by: { $0.path < $1.path }) {
            let bytes = [UInt8](try Data(contentsOf: file))
            #expect(throws: Never.self, "\(file.lastPathComponent)") { try target.check(bytes) }
        }
    }

    @Test func `each target has a program and inputs`() throws {
        let fuzz = Self.corpus.deletingLastPathComponent()
        let programs = try FileManager.default.contentsOfDirectory(atPath: fuzz.path)
            .filter { $0.hasSuffix(".swift") }.map { String($0.dropLast(".swift".count)) }
        #expect(Set(programs) == Set(FuzzTarget.allCases.map(\.rawValue)))
        let folders = try FileManager.default.contentsOfDirectory(atPath: Self.corpus.path)
        #expect(Set(folders) == Set(programs))
    }
}
