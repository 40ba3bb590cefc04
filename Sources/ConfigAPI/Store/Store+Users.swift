public import BridgeEngine
internal import GRDB
internal import NIOConcurrencyHelpers

/// The users of the API. Each call blocks: for the disk, and where there is a password for its hash, too.
///
/// A change is on disk when the call returns, and is told to whoever called ``onUserChange(_:)``.
extension Store {
    /// Whether there is any user.
    /// - Throws: ``StoreError``.
    public func hasUsers() throws -> Bool {
        try users { try UserRow.count(in: $0) > 0 }
    }

    /// All users in the order of their names.
    /// - Throws: ``StoreError``.
    public func users() throws -> [User] {
        try users { try UserRow.all(in: $0) }
    }

    /// Whether there is a user of that name.
    /// - Throws: ``StoreError``.
    public func hasUser(_ name: String) throws -> Bool {
        try users { try UserRow.role(of: name, in: $0) != nil }
    }

    /// Adds a user.
    /// - Throws: ``UserError`` with `.badName`, `.badPassword` or `.exists`; ``StoreError``.
    public func addUser(_ name: String, role: Role, password: Secret) throws {
        try UserRules.check(name: name)
        try UserRules.check(password: password)
        guard try !hasUser(name) else { throw UserError.exists(name) }
        let hash = try PasswordHash(password)
        try changeUsers { database in
            // Somebody may have been quicker.
            guard try UserRow.role(of: name, in: database) == nil else { throw UserError.exists(name) }
            try UserRow.insert(name: name, role: role, hash: hash.stored, in: database)
            try Self.note(.userAdded, name, in: database)
        }
    }

    /// Gives a user another password.
    /// - Throws: ``UserError`` with `.badPassword` or `.unknown`; ``StoreError``.
    public func setPassword(_ password: Secret, ofUser name: String) throws {
        try UserRules.check(password: password)
        guard try hasUser(name) else { throw UserError.unknown(name) }
        let hash = try PasswordHash(password)
        try changeUsers { database in
            guard try UserRow.role(of: name, in: database) != nil else { throw UserError.unknown(name) }
            try UserRow.set(hash: hash.stored, of: name, in: database)
            try Self.note(.userChanged, name, field: "password", in: database)
        }
    }

    /// Gives a user another role.
    /// - Throws: ``UserError`` with `.unknown`, or `.lastAdministrator` where no administrator would be left;
    ///   ``StoreError``.
    public func setRole(_ role: Role, ofUser name: String) throws {
        try changeUsers { database in
            guard let old = try UserRow.role(of: name, in: database) else { throw UserError.unknown(name) }
            if old == .admin, role != .admin { try Self.refuseLastAdministrator(name, in: database) }
            try UserRow.set(role: role, of: name, in: database)
            if role != old { try Self.note(.userChanged, name, field: "role", in: database) }
        }
    }

    /// Removes a user.
    /// - Throws: ``UserError`` with `.unknown`, or `.lastAdministrator` where no administrator would be left;
    ///   ``StoreError``.
    public func removeUser(_ name: String) throws {
        try changeUsers { database in
            guard let role = try UserRow.role(of: name, in: database) else { throw UserError.unknown(name) }
            if role == .admin { try Self.refuseLastAdministrator(name, in: database) }
            try UserRow.delete(name, in: database)
            try Self.note(.userRemoved, name, in: database)
        }
    }

    /// The user of that name with the stored hash.
    func user(_ name: String) throws -> (user: User, hash: PasswordHash)? {
        try users(on: lookUps) { try UserRow.find(name, in: $0) }
    }

    /// What the password of a name that is no user's can be compared with: the hash of a user that the name picks. So
    /// the cost is always that of stored hashes, also where they differ in it, and the same each time a name is tried.
    func decoy(for name: String) throws -> PasswordHash? {
        try users(on: lookUps) { try UserRow.anyHash(name.hashValue, in: $0) }
    }

    /// Sets what is called after each change of the users by this process, on the thread that made it; a second one
    /// replaces the first. Changes by other processes are ``UserWatch``'s.
    func onUserChange(_ body: @escaping @Sendable () -> Void) {
        userObserver.withLockedValue { $0 = body }
    }

    /// - Parameter queue: for whoever must not wait for changes; default: behind those that were asked for before.
    private func users<Value>(
        on queue: DatabaseQueue? = nil, _ read: (Database) throws -> Value
    ) throws -> Value {
        do {
            return try (queue ?? database).read(read)
        } catch let error as DatabaseError {
            // Not the error itself: it may show a statement's arguments.
            throw StoreError("The users can't be read: \(StoreError.words(for: error)).")
        }
    }

    private func changeUsers(_ change: (Database) throws -> Void) throws {
        do {
            try database.write { database in
                try requireFiles()
                try change(database)
            }
        } catch let error as DatabaseError {
            database.writeWithoutTransaction { takeBack(after: error, in: $0) }
            throw StoreError("The users can't be changed: \(StoreError.words(for: error)).")
        }
        forgetReplaced()
        userObserver.withLockedValue { $0 }?()
    }

    /// Writes the event of a change in the change's own transaction.
    private static func note(
        _ kind: Event.Kind, _ name: String, field: String? = nil, in database: Database
    ) throws {
        var event = Event(kind)
        event.name = name
        event.fields = field.map { [$0] } ?? []
        try EventRow.add(event, in: database)
    }

    private static func refuseLastAdministrator(_ name: String, in database: Database) throws {
        guard try UserRow.count(.admin, in: database) > 1 else {
            throw UserError(
                .lastAdministrator, "\(name) is the last user with the role admin; make another one first.")
        }
    }
}
