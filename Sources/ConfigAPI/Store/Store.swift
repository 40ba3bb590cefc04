public import BridgeEngine
internal import Foundation
internal import GRDB
internal import Glibc
internal import NIOConcurrencyHelpers

/// The database: the XMPP configuration and the API's users, in one SQLite file.
///
/// Changes are durable when they are reported: the commit has reached the disk. They are made one at a time, in the
/// order in which they were asked for, on a queue of the database's own.
public final class Store: Sendable {
    /// What became of a change.
    enum Outcome: Sendable {
        /// Stored, with the parameters that differ from before; empty: nothing differed and nothing was written.
        case stored(StoredConfiguration, changed: [BridgeSettings.Parameter])
        /// The values can't be accepted together.
        case refused(ParameterErrors)
        /// The configuration is not the one that the change was meant for; nothing has changed.
        case stale
        /// The database could not be written; nothing has changed.
        case failed(any Error)
    }

    private let database: DatabaseQueue
    private let latest: NIOLockedValueBox<StoredConfiguration>
    /// A GUID that stays the same for one database.
    let hostID: String

    /// Opens the database at `path`, makes it where there is none (mode 0600), and brings its schema up to date.
    public init(path: String) throws(StoreError) {
        try Self.createFile(at: path)
        do {
            try Self.refuseNewerVersion(at: path)
            var options = Configuration()
            options.journalMode = .wal
            options.busyMode = .timeout(5)
            options.label = "store"
            options.prepareDatabase { database in
                // A changed secret leaves no trace of the old one in free pages.
                try database.execute(sql: "PRAGMA secure_delete = ON")
            }
            let database = try DatabaseQueue(path: path, configuration: options)
            // GRDB sets NORMAL while it prepares WAL mode, which would lose the last commits with the power.
            try database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            try Schema.migrator.migrate(database)
            let configuration = try database.read { try ConfigurationRow.read($0) }
            guard configuration.hasReadableAddress else {
                throw StoreError("The database \(path) holds a serverAddressOverride that can't be read.")
            }
            latest = NIOLockedValueBox(configuration)
            hostID = try database.read { try String.fetchOne($0, sql: "SELECT hostID FROM instance") ?? "" }
            self.database = database
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError("The database \(path) can't be opened: \(StoreError.words(for: error)).")
        }
    }

    /// The configuration as of the last change that was reported; costs a lock and a copy.
    var configuration: StoredConfiguration {
        latest.withLockedValue { $0 }
    }

    /// Makes a change durable and reports it, on the database's queue and in the order of the changes.
    /// - Parameter isWanted: asked for the revision that the change would be made to, under the same transaction.
    func change(
        _ change: ConfigurationChange, ifRevision isWanted: @escaping @Sendable (Int) -> Bool = { _ in true },
        completion: @escaping @Sendable (Outcome) -> Void
    ) {
        database.asyncWrite({ [latest] database -> Outcome in
            let current = latest.withLockedValue { $0 }
            guard isWanted(current.revision) else { return .stale }
            do {
                var new = try change.applied(to: current)
                let changed = ConfigurationChange.names(of: current, new)
                if !changed.isEmpty {
                    new.revision += 1
                    try ConfigurationRow.write(new, in: database)
                }
                return .stored(new, changed: changed)
            } catch let error as ParameterError {
                return .refused(ParameterErrors([error]))
            }
        }) { [latest, self] _, result in
            switch result {
            case .success(let outcome):
                if case .stored(let new, _) = outcome { latest.withLockedValue { $0 = new } }
                completion(outcome)
                if case .stored(_, let changed) = outcome, changed.contains(.sharedSecret) { forgetOldSecret() }
            case .failure(let error): completion(.failed(error))
            }
        }
    }

    /// Empties the write-ahead log, which still holds the pages with the old secret. A reader may keep it from doing so;
    /// then the next change does it.
    private func forgetOldSecret() {
        database.asyncWriteWithoutTransaction { _ = try? $0.checkpoint(.truncate) }
    }

    // MARK: Users

    /// Whether there is any user of the API.
    public func hasUsers() throws -> Bool {
        try database.read { try UserRow.count(in: $0) > 0 }
    }

    /// Adds a user of the API. Takes the time of a password hash.
    public func addUser(_ name: String, role: Role, password: Secret) throws {
        let hash = try PasswordHash(password)
        try database.write { try UserRow.insert(name: name, role: role, hash: hash.stored, in: $0) }
    }

    /// The user of that name with the stored hash.
    func user(_ name: String) throws -> (user: User, hash: PasswordHash)? {
        try database.read { try UserRow.find(name, in: $0) }
    }

    /// For tests: the value of a PRAGMA on the writing connection.
    func pragma(_ name: String) throws -> String? {
        try database.read { try String.fetchOne($0, sql: "PRAGMA \(name)") }
    }

    /// Looks at the schema before anything is written: opening for writing alone changes the file.
    private static func refuseNewerVersion(at path: String) throws {
        var configuration = Configuration()
        configuration.readonly = true
        let database = try DatabaseQueue(path: path, configuration: configuration)
        if try database.read({ try Schema.migrator.hasBeenSuperseded($0) }) {
            throw StoreError("The database \(path) was written by a newer version of this program.")
        }
        try database.close()
    }

    /// SQLite gives its journal the mode of the database file, so the file has to be there first.
    private static func createFile(at path: String) throws(StoreError) {
        let descriptor = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw StoreError("The database \(path) can't be opened: \(String(cString: strerror(errno))).")
        }
        close(descriptor)
    }
}
