internal import BridgeEngine
internal import GRDB

/// The one row of the login policy.
enum LoginPolicyRow {
    /// Reads the row.
    /// - Throws: ``StoreError`` where it holds what this version can't read: so that it lets nobody in.
    static func read(_ database: Database) throws -> StoredLoginPolicy {
        guard let row = try Row.fetchOne(database, sql: "SELECT * FROM login WHERE id = 1") else {
            throw StoreError("The database has no row for the login policy.")
        }
        var stored = StoredLoginPolicy(revision: row["revision"])
        guard let word = row["mode"] as String? else { return stored }
        guard let mode = LoginPolicy.Mode(rawValue: word) else { throw unreadable("mode", "it is no known one") }
        let policy = LoginPolicy(
            mode: mode, url: row["url"],
            hosts: (row["hosts"] as String?)?.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
                ?? [])
        if let problem = policy.url.flatMap({ LoginServiceURL.problem(with: $0) }) { throw unreadable("url", problem) }
        if mode == .http, policy.url == nil { throw unreadable("url", "the mode http needs one") }
        guard policy.hosts.allSatisfy({ DNSName.normalized($0) == $0 }) else {
            throw unreadable("list of hosts", "not all are DNS names in lower case")
        }
        stored.policy = policy
        return stored
    }

    /// Replaces the row.
    static func write(_ policy: LoginPolicy, revision: Int, in database: Database) throws {
        try database.execute(
            sql: "UPDATE login SET revision = ?, mode = ?, url = ?, hosts = ? WHERE id = 1",
            arguments: [
                revision, policy.mode.rawValue, policy.url,
                policy.hosts.isEmpty ? nil : policy.hosts.joined(separator: ","),
            ])
    }

    private static func unreadable(_ column: String, _ reason: String) -> StoreError {
        StoreError("The database holds a login policy whose \(column) can't be read: \(reason).")
    }
}
