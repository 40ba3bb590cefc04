internal import BridgeEngine
internal import HTTPTypes
internal import Logging

/// `/configuration/xmpp`: the settings of the XMPP connection.
struct ConfigurationResource: Sendable {
    /// The name of the document.
    static let root = "xmpp"

    let store: Store
    let bridge: any BridgeControl
    let logger: Logger

    /// The revision of the latest change that was reported.
    var revision: Int { store.configuration.revision }

    /// GET: the settings without the secret, each present even when empty; nil where the client knows them already.
    func get(
        _ request: HTTPServerRequest, in representation: Representation
    ) -> (document: Document, revision: Int, isKnown: Bool) {
        let configuration = store.configuration
        let document = Document(
            Self.root,
            [
                .init("uniqueName", .text(configuration.uniqueName ?? "")),
                .init("domain", .text(configuration.domain ?? "")),
                .init("serverAddressOverride", .text(configuration.serverAddressOverride ?? "")),
            ])
        let known = request.headerFields[.ifNoneMatch].map {
            EntityTags($0).names(revision: configuration.revision, representation)
        }
        return (document, configuration.revision, known ?? false)
    }

    /// PUT and POST: changes the parameters that the body names, all or none.
    ///
    /// `completion` comes once the change is on disk and the bridge has taken it, on a thread of the store's.
    func change(
        _ request: HTTPServerRequest, by user: User, in representation: Representation,
        completion: @escaping @Sendable (Result<Void, APIFailure>) -> Void
    ) {
        let change: ConfigurationChange
        do throws(APIFailure) {
            let parameters = try RequestBody.parameters(of: request, root: Self.root)
            switch ConfigurationParameters.change(from: parameters) {
            case .success(let named): change = named
            case .failure(let errors): throw .parameters(errors)
            }
        } catch {
            return completion(.failure(error))
        }
        let wanted = request.headerFields[.ifMatch].map(EntityTags.init)
        let unwanted = request.headerFields[.ifNoneMatch].map(EntityTags.init)
        let address = request.remoteAddress
        store.change(change) { revision in
            wanted?.names(revision: revision) ?? true && !(unwanted?.names(revision: revision, representation) ?? false)
        } completion: { [bridge, logger] outcome in
            switch outcome {
            case .stored(let configuration, let changed):
                if !changed.isEmpty {
                    bridge.apply(configuration.bridgeSettings, revision: configuration.revision)
                    let names = changed.map(\.rawValue).joined(separator: ", ")
                    logger.notice("\(address): API user \"\(user.name)\" modified XMPP configuration (\(names))")
                }
                completion(.success(()))
            case .refused(let errors): completion(.failure(.parameters(errors)))
            case .stale: completion(.failure(.preconditionFailed))
            case .failed(let error):
                logger.error("settings could not be stored", metadata: ["error": "\(StoreError.words(for: error))"])
                completion(.failure(.databaseNotReady))
            }
        }
    }
}
