internal import BridgeEngine
internal import GRDB

/// The one row of the configuration.
enum ConfigurationRow {
    /// Reads the row.
    static func read(_ database: Database) throws -> StoredConfiguration {
        guard let row = try Row.fetchOne(database, sql: "SELECT * FROM configuration WHERE id = 1") else {
            throw StoreError("The database has no configuration row.")
        }
        return StoredConfiguration(
            revision: row["revision"], uniqueName: row["uniqueName"], domain: row["domain"],
            serverAddressOverride: row["serverAddressOverride"],
            sharedSecret: (row["sharedSecret"] as String?).map { Secret($0) })
    }

    /// Replaces the row.
    static func write(_ configuration: StoredConfiguration, in database: Database) throws {
        let secret = configuration.sharedSecret?.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
        let statement = try database.cachedStatement(
            sql: """
                UPDATE configuration SET revision = ?, uniqueName = ?, domain = ?, serverAddressOverride = ?,
                sharedSecret = ? WHERE id = 1
                """)
        try statement.execute(arguments: [
            configuration.revision, configuration.uniqueName, configuration.domain,
            configuration.serverAddressOverride, secret,
        ])
    }
}
