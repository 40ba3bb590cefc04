internal import BridgeEngine

/// What is to be changed of a Call Bridge's user; nil: that stays as it is.
struct BridgeUserChange: Sendable, Equatable {
    var userJid: UserJID?
    /// Empty: none any more.
    var name: String?
    var password: Secret?

    /// Whether these changes decide who may log in.
    static func concernLogins(_ changed: [BridgeUserParameters.Name]) -> Bool {
        changed.contains(.userJid) || changed.contains(.password)
    }

    /// The user after the change.
    func applied(to user: BridgeUser) -> BridgeUser {
        BridgeUser(id: user.id, userJid: userJid?.description ?? user.userJid, name: name ?? user.name)
    }

    /// The parameters in which two users differ, in the contract's order; a new password always does.
    func names(of old: BridgeUser, _ new: BridgeUser) -> [BridgeUserParameters.Name] {
        BridgeUserParameters.Name.allCases.filter { parameter in
            switch parameter {
            case .userJid: old.userJid != new.userJid
            // By bytes: another way to write an accent is a change.
            case .name: !old.name.utf8.elementsEqual(new.name.utf8)
            case .password: password != nil
            }
        }
    }
}
