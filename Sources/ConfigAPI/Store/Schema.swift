internal import Foundation
internal import GRDB

/// The database's schema, version by version. A migration that has been released never changes.
enum Schema {
    /// Brings a database up to date, also where another process does the same at the same time: a server that starts while
    /// somebody adds a user.
    static func migrate(_ database: DatabaseQueue) throws {
        while true {
            let before = try database.read { try applied(in: $0).count }
            do {
                return try migrator.migrate(database)
            } catch {
                // It looks first which steps are missing. Another may have made one since, which is then made in vain.
                guard try database.read({ try applied(in: $0).count }) > before else { throw error }
            }
        }
    }

    /// Whether a newer version has written the database. To be called in a transaction.
    static func isNewer(in database: Database) throws -> Bool {
        try holdStill(database)
        return try migrator.hasBeenSuperseded(database)
    }

    private static func applied(in database: Database) throws -> [String] {
        try holdStill(database)
        return try migrator.appliedMigrations(database)
    }

    /// Begins the transaction's reading: else a table that is looked for in vain may be there when that is found out.
    private static func holdStill(_ database: Database) throws {
        _ = try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM sqlite_master")
    }

    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1 configuration and users") { database in
            try database.execute(
                sql: """
                    CREATE TABLE configuration (
                        id INTEGER PRIMARY KEY CHECK (id = 1),
                        revision INTEGER NOT NULL,
                        uniqueName TEXT,
                        domain TEXT,
                        serverAddressOverride TEXT,
                        sharedSecret TEXT
                    ) STRICT;
                    INSERT INTO configuration (id, revision) VALUES (1, 0);
                    CREATE TABLE apiUser (
                        name TEXT PRIMARY KEY,
                        role TEXT NOT NULL,
                        passwordHash TEXT NOT NULL
                    ) STRICT;
                    CREATE TABLE instance (
                        id INTEGER PRIMARY KEY CHECK (id = 1),
                        hostID TEXT NOT NULL
                    ) STRICT;
                    """)
            try database.execute(
                sql: "INSERT INTO instance (id, hostID) VALUES (1, ?)", arguments: [UUID().uuidString.lowercased()])
        }
        migrator.registerMigration("2 attempts") { database in
            try database.execute(
                sql: """
                    CREATE TABLE attempt (
                        id INTEGER PRIMARY KEY,
                        report TEXT NOT NULL
                    ) STRICT
                    """)
        }
        migrator.registerMigration("3 events") { database in
            try database.execute(
                sql: """
                    CREATE TABLE event (
                        id INTEGER PRIMARY KEY,
                        at INTEGER NOT NULL,
                        type TEXT NOT NULL,
                        user TEXT,
                        address TEXT,
                        name TEXT,
                        fields TEXT,
                        revision INTEGER,
                        jid TEXT,
                        server TEXT,
                        step TEXT,
                        reason TEXT,
                        detail TEXT,
                        count INTEGER NOT NULL,
                        lastAt INTEGER,
                        outage TEXT
                    ) STRICT;
                    CREATE UNIQUE INDEX eventRepeat ON event (outage, revision, step, reason)
                        WHERE outage IS NOT NULL;
                    """)
        }
        migrator.registerMigration("4 logins") { database in
            try database.execute(
                sql: """
                    CREATE TABLE login (
                        id INTEGER PRIMARY KEY CHECK (id = 1),
                        revision INTEGER NOT NULL,
                        mode TEXT,
                        url TEXT,
                        hosts TEXT
                    ) STRICT;
                    INSERT INTO login (id, revision) VALUES (1, 0);
                    CREATE TABLE bridgeUser (
                        id TEXT PRIMARY KEY,
                        userJid TEXT NOT NULL UNIQUE,
                        name TEXT NOT NULL,
                        foldedName TEXT NOT NULL,
                        passwordHash TEXT NOT NULL
                    ) STRICT;
                    CREATE TABLE bridgeUsers (
                        id INTEGER PRIMARY KEY CHECK (id = 1),
                        version INTEGER NOT NULL
                    ) STRICT;
                    INSERT INTO bridgeUsers (id, version) VALUES (1, 0);
                    ALTER TABLE event ADD COLUMN door TEXT;
                    """)
        }
        // Whoever changes the users counts: who was added, was believed, and is gone again must not be missed.
        migrator.registerMigration("5 version of the users") { database in
            try database.execute(
                sql: """
                    CREATE TABLE apiUsers (
                        id INTEGER PRIMARY KEY CHECK (id = 1),
                        version INTEGER NOT NULL
                    ) STRICT;
                    INSERT INTO apiUsers (id, version) VALUES (1, 0);
                    CREATE TRIGGER apiUserAdded AFTER INSERT ON apiUser
                        BEGIN UPDATE apiUsers SET version = version + 1; END;
                    CREATE TRIGGER apiUserChanged AFTER UPDATE ON apiUser
                        BEGIN UPDATE apiUsers SET version = version + 1; END;
                    CREATE TRIGGER apiUserRemoved AFTER DELETE ON apiUser
                        BEGIN UPDATE apiUsers SET version = version + 1; END;
                    """)
        }
        return migrator
    }
}
