internal import BridgeEngine
internal import GRDB
internal import NIOConcurrencyHelpers

/// The database: the XMPP configuration and the API's users, in one SQLite file.
///
/// Changes are durable when they are reported: the commit has reached the disk. They are made one after the other, in the
/// order in which they were asked for, on a queue of the database's own; those that wait share a commit.
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

    /// Where the file is.
    let path: String
    let database: DatabaseQueue
    /// Reads the users for logins, beside what ``database`` has to do.
    let lookUps: DatabaseQueue
    /// See `configuration`.
    let latest: NIOLockedValueBox<StoredConfiguration>
    /// See `loginPolicy`.
    let latestLoginPolicy: NIOLockedValueBox<StoredLoginPolicy>
    /// See `onUserChange`.
    let userObserver: NIOLockedValueBox<(@Sendable () -> Void)?> = .init(nil)
    /// See `onBridgeUserChange`.
    let bridgeUserObserver: NIOLockedValueBox<(@Sendable () -> Void)?> = .init(nil)
    /// A GUID that stays the same for one database.
    let hostID: String
    /// Changes that wait for the next transaction.
    let waiting: NIOLockedValueBox<[AskedChange]> = .init([])
    /// What has become of the writes.
    let writes = StoreWrites()
    /// See ``LockPatience``.
    let patience = LockPatience()
    /// See ``forgetReplaced()``.
    let forgetting: NIOLockedValueBox<Forgetting> = .init(Forgetting())
    /// The files that were opened.
    let files: FileIdentities

    /// Opens the database at `path`, makes it where there is none (mode 0600), and brings its schema up to date.
    /// - Parameters:
    ///   - path: the file; `-wal` and `-shm` are added for those beside it.
    ///   - mayCreate: false makes a missing file an error.
    /// - Throws: ``StoreError``: the file can't be opened, is no database, is damaged, or was written by a newer version.
    public init(path: String, mayCreate: Bool = true) throws(StoreError) {
        self.path = path
        try Self.openFile(at: path, mayCreate: mayCreate)
        do {
            try Self.inspect(path)
            var options = Configuration()
            options.journalMode = .wal
            options.busyMode = .callback { [patience] in patience.waits(tries: $0) }
            options.label = "store"
            options.prepareDatabase { database in
                // A changed secret leaves no trace of the old one in free pages.
                try database.execute(sql: "PRAGMA secure_delete = ON")
            }
            let database = try Self.queue(at: path, options)
            // GRDB sets NORMAL while it prepares WAL mode, which would lose the last commits with the power.
            try database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            try Schema.migrate(database)
            let configuration = try database.read { try ConfigurationRow.read($0) }
            guard configuration.hasReadableAddress else {
                throw StoreError("The database \(path) holds a serverAddressOverride that can't be read.")
            }
            latest = NIOLockedValueBox(configuration)
            latestLoginPolicy = NIOLockedValueBox(try database.read { try LoginPolicyRow.read($0) })
            hostID = try database.read { try String.fetchOne($0, sql: "SELECT hostID FROM instance") ?? "" }
            self.database = database
            var reading = Configuration()
            reading.busyMode = .timeout(1)
            reading.label = "look-ups"
            lookUps = try DatabaseQueue(path: path, configuration: reading)
            files = FileIdentities(path: path)
            // What was to be forgotten when the last process was killed.
            forgetReplaced()
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

    /// Its revision; costs a lock.
    var revision: Int {
        latest.withLockedValue { $0.revision }
    }

    /// For tests: the value of a PRAGMA on the writing connection.
    func pragma(_ name: String) throws -> String? {
        try database.read { try String.fetchOne($0, sql: "PRAGMA \(name)") }
    }
}
