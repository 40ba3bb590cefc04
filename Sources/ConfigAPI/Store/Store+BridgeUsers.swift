public import BridgeEngine
internal import Foundation
internal import GRDB
internal import NIOConcurrencyHelpers

/// The Call Bridge's users, for whoever administers them by their JIDs. Each call blocks: for the disk, and where there is
/// a password for its hash, too.
///
/// A change is on disk when the call returns, and is told to whoever called ``onBridgeUserChange(_:)``.
extension Store {
    /// All users in the order of their JIDs.
    /// - Throws: ``StoreError``.
    public func bridgeUsers() throws -> [BridgeUser] {
        try readBridgeUsers { try BridgeUserRow.all(in: $0) }
    }

    /// Whether there is a user with that JID.
    /// - Throws: ``UserError`` with `.badJID`; ``StoreError``.
    public func hasBridgeUser(_ userJid: String) throws -> Bool {
        let jid = try UserJID(checking: userJid)
        return try readBridgeUsers { try BridgeUserRow.find(.userJid(jid), in: $0) != nil }
    }

    /// Adds a user.
    /// - Throws: ``UserError`` with `.badJID`, `.badName`, `.badPassword` or `.exists`; ``StoreError``.
    public func addBridgeUser(_ userJid: String, name: String = "", password: Secret) throws {
        try addBridgeUser(UserJID(checking: userJid), name: name, password: password)
    }

    /// Gives a user another password.
    /// - Throws: ``UserError`` with `.badJID`, `.badPassword` or `.unknown`; ``StoreError``.
    public func setPassword(_ password: Secret, ofBridgeUser userJid: String) throws {
        try changeBridgeUser(.userJid(UserJID(checking: userJid)), BridgeUserChange(password: password))
    }

    /// Removes a user.
    /// - Throws: ``UserError`` with `.badJID` or `.unknown`; ``StoreError``.
    public func removeBridgeUser(_ userJid: String) throws {
        try removeBridgeUser(.userJid(UserJID(checking: userJid)))
    }
}

extension Store {
    /// The user of that JID with the stored hash.
    func bridgeUser(_ jid: UserJID) throws -> (user: BridgeUser, hash: PasswordHash)? {
        try lookUp { try BridgeUserRow.login(jid, in: $0) }
    }

    /// Whether there is a user of that JID. Does not block.
    func isBridgeUser(_ jid: UserJID) async throws -> Bool {
        try await lookUps.read { try BridgeUserRow.find(.userJid(jid), in: $0) != nil }
    }

    /// What the password of somebody who is no user can be compared with: the hash of a user that the name picks. So the
    /// cost is always that of stored hashes, also where they differ in it, and the same each time a name is tried.
    func bridgeDecoy(for name: String) throws -> PasswordHash? {
        let digits = String(UInt(bitPattern: name.hashValue) >> (UInt.bitWidth - 32), radix: 16)
        let id = String(repeating: "0", count: 8 - digits.count) + digits
        return try lookUp { try BridgeUserRow.hash(near: id, in: $0) }
    }

    /// Sets what is called after each change of the Call Bridge's users: by this process, on the thread that made it, and
    /// by others, where there is a ``UserWatch``. A second one replaces the first.
    func onBridgeUserChange(_ body: @escaping @Sendable () -> Void) {
        bridgeUserObserver.withLockedValue { $0 = body }
    }

    /// The users have changed.
    func bridgeUsersChanged() {
        bridgeUserObserver.withLockedValue { $0 }?()
    }

    /// Adds a user.
    /// - Parameters:
    ///   - id: a GUID that nobody has.
    ///   - requester: whose change it is; nil: the command line's.
    func addBridgeUser(
        _ jid: UserJID, name: String, password: Secret, id: String = UUID().uuidString.lowercased(),
        cost: PasswordHash.Cost = .standard, by requester: Requester? = nil
    ) throws {
        try UserRules.check(displayName: name)
        try UserRules.check(password: password)
        let user = BridgeUser(id: id, userJid: jid.description, name: name)
        // A hash takes long, so nobody waits for it in vain; somebody may have been quicker in the end.
        try readBridgeUsers { try Self.refuseTaken(jid, in: $0) }
        let hash = try PasswordHash(password.prepared, cost: cost)
        try changeBridgeUsers { database in
            try Self.refuseTaken(jid, in: database)
            try BridgeUserRow.insert(user, hash: hash, in: database)
            try Self.note(Event(.bridgeUserAdded), user, by: requester, in: database)
        }
    }

    /// Changes a user, all or nothing.
    /// - Returns: The user as it was, and the parameters that differ now; empty: nothing was written.
    @discardableResult
    func changeBridgeUser(
        _ key: BridgeUserRow.Key, _ change: BridgeUserChange, cost: PasswordHash.Cost = .standard,
        by requester: Requester? = nil
    ) throws -> (old: BridgeUser, changed: [BridgeUserParameters.Name]) {
        if let name = change.name { try UserRules.check(displayName: name) }
        if let password = change.password { try UserRules.check(password: password) }
        func plan(_ database: Database) throws -> (old: BridgeUser, new: BridgeUser) {
            guard let old = try BridgeUserRow.find(key, in: database) else { throw UserError.unknown(key.value) }
            let new = change.applied(to: old)
            if let jid = change.userJid, new.userJid != old.userJid { try Self.refuseTaken(jid, in: database) }
            return (old, new)
        }
        _ = try readBridgeUsers(plan)
        let hash = try change.password.map { try PasswordHash($0.prepared, cost: cost) }
        let (old, changed) = try changeBridgeUsers { database in
            let (old, new) = try plan(database)
            let changed = change.names(of: old, new)
            if !changed.isEmpty {
                try BridgeUserRow.update(new, hash: hash, in: database)
                var event = Event(.bridgeUserChanged)
                event.fields = changed.map(\.rawValue)
                if changed.contains(.userJid) { event.detail = "The user is \(new.userJid) now." }
                try Self.note(event, old, by: requester, in: database)
                if BridgeUserChange.concernLogins(changed) { try BridgeUserRow.growVersion(in: database) }
            }
            return (old, changed)
        }
        // First, so that nobody gets in meanwhile with what counts no more.
        if BridgeUserChange.concernLogins(changed) { bridgeUsersChanged() }
        if hash != nil { forgetReplaced() }
        return (old, changed)
    }

    /// Removes a user.
    /// - Returns: The user as it was.
    @discardableResult
    func removeBridgeUser(_ key: BridgeUserRow.Key, by requester: Requester? = nil) throws -> BridgeUser {
        let user = try changeBridgeUsers { database in
            guard let user = try BridgeUserRow.find(key, in: database) else { throw UserError.unknown(key.value) }
            try BridgeUserRow.delete(user, in: database)
            try Self.note(Event(.bridgeUserRemoved), user, by: requester, in: database)
            try BridgeUserRow.growVersion(in: database)
            return user
        }
        bridgeUsersChanged()
        forgetReplaced()
        return user
    }

    /// Reads how many users a filter leaves and a page of them; see ``BridgeUserRow/page(_:filter:in:)``. Does not wait.
    /// - Parameter completion: called on a thread of the database's.
    func readBridgeUsers(
        _ page: Page, filter: String,
        completion: @escaping @Sendable (Result<(total: Int, users: [BridgeUser]), any Error>) -> Void
    ) {
        database.asyncRead { database in
            completion(Result { try BridgeUserRow.page(page, filter: filter, in: database.get()) })
        }
    }

    /// Reads the user of that id, if there is one. Does not wait.
    /// - Parameter completion: called on a thread of the database's.
    func readBridgeUser(id: String, completion: @escaping @Sendable (Result<BridgeUser?, any Error>) -> Void) {
        database.asyncRead { database in
            completion(Result { try BridgeUserRow.find(.id(id), in: database.get()) })
        }
    }

    /// For logins, which wait neither for changes nor for long lists.
    private func lookUp<Value>(_ read: (Database) throws -> Value) throws -> Value {
        try readBridgeUsers(on: lookUps, read)
    }

    private func readBridgeUsers<Value>(_ read: (Database) throws -> Value) throws -> Value {
        try readBridgeUsers(on: database, read)
    }

    private func readBridgeUsers<Value>(on queue: DatabaseQueue, _ read: (Database) throws -> Value) throws -> Value {
        do {
            return try queue.read(read)
        } catch let error as DatabaseError {
            // Not the error itself: it may show a statement's arguments.
            throw StoreError("The users can't be read: \(StoreError.words(for: error)).")
        }
    }

    private func changeBridgeUsers<Value>(_ change: (Database) throws -> Value) throws -> Value {
        do {
            return try database.write { database in
                try requireFiles()
                return try change(database)
            }
        } catch let error as DatabaseError {
            writes.failed()
            database.writeWithoutTransaction { takeBack(after: error, in: $0) }
            throw StoreError("The users can't be changed: \(StoreError.words(for: error)).")
        }
    }

    private static func refuseTaken(_ jid: UserJID, in database: Database) throws {
        if try BridgeUserRow.find(.userJid(jid), in: database) != nil { throw UserError.exists(jid.description) }
    }

    /// Writes a change's event in its own transaction.
    private static func note(
        _ event: Event, _ user: BridgeUser, by requester: Requester?, in database: Database
    ) throws {
        var event = event
        event.name = user.userJid
        event.requester = requester
        try EventRow.add(event, in: database)
    }
}
