internal import Dispatch
internal import GRDB
internal import NIOConcurrencyHelpers

/// Notices that the users in a database have changed, whoever changed them: an administrator's command is another
/// process.
///
/// It has a connection of its own, for which SQLite counts the commits of all others (`PRAGMA data_version`); looking at
/// that number costs microseconds and no disk. Only when it differs are the versions of the users read, so that a change of
/// the configuration is none of the users. To compare the users themselves would miss who comes and goes between two looks.
final class UserWatch: Sendable {
    /// How often it looks.
    static let interval = DispatchTimeInterval.milliseconds(300)

    private struct Seen: Equatable {
        /// nil after a failed reading.
        var version: Int?
        var users: Int
        var bridgeUsers: Int
    }

    private let database: DatabaseQueue
    private let seen: NIOLockedValueBox<Seen>
    private let onChange: @Sendable () -> Void
    private let onBridgeUserChange: @Sendable () -> Void
    private let isStopped: NIOLockedValueBox<Bool> = .init(false)
    private let queue = DispatchQueue(label: "user-watch")

    /// Reads the users as they are now.
    /// - Parameters:
    ///   - onBridgeUserChange: called after a change of the Call Bridge's users.
    ///   - onChange: called after a change of the API's; both on a thread of the watch's own, after `start`.
    /// - Throws: ``StoreError`` where the database can't be read.
    init(
        databasePath path: String, onBridgeUserChange: @escaping @Sendable () -> Void = {},
        onChange: @escaping @Sendable () -> Void
    ) throws {
        self.onChange = onChange
        self.onBridgeUserChange = onBridgeUserChange
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(1)
        configuration.label = "user-watch"
        do {
            let database = try DatabaseQueue(path: path, configuration: configuration)
            self.database = database
            seen = NIOLockedValueBox(try database.unsafeRead { try Self.read($0, after: nil) })
        } catch let error as DatabaseError {
            throw StoreError("The users in \(path) can't be watched: \(StoreError.words(for: error)).")
        }
    }

    /// Begins to look every ``interval``, until `stop` or the end of the object. To be called once.
    func start() {
        queue.asyncAfter(deadline: .now() + Self.interval) { [weak self] in
            guard let self, !isStopped.withLockedValue({ $0 }) else { return }
            look()
            start()
        }
    }

    /// Looks no more.
    func stop() {
        isStopped.withLockedValue { $0 = true }
    }

    /// Looks no more, and closes the database. A look that is under way ends first.
    func close() {
        stop()
        try? database.close()
    }

    /// Looks once.
    func look() {
        let before = seen.withLockedValue { $0 }
        let now: Seen
        do {
            now = try database.unsafeRead { try Self.read($0, after: before) }
        } catch {
            // What can't be read may have changed; the next look compares again.
            seen.withLockedValue { $0.version = nil }
            onChange()
            return onBridgeUserChange()
        }
        guard now != before else { return }
        seen.withLockedValue { $0 = now }
        if now.users != before.users { onChange() }
        if now.bridgeUsers != before.bridgeUsers { onBridgeUserChange() }
    }

    /// The version first: what is committed between the two readings makes another version at the next look.
    private static func read(_ database: Database, after before: Seen?) throws -> Seen {
        let version = try Int.fetchOne(database, sql: "PRAGMA data_version")
        if let before, version == before.version { return before }
        return Seen(
            version: version, users: try UserRow.version(in: database),
            bridgeUsers: try BridgeUserRow.version(in: database))
    }
}
