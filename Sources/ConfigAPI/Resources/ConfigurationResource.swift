internal import BridgeEngine
internal import HTTPTypes
internal import Logging

/// `/configuration/xmpp`: the settings of the XMPP connection.
struct ConfigurationResource: Sendable {
    let store: Store
    let bridge: any BridgeControl
    let logger: Logger

    /// GET: the settings without the secret, each present even when empty.
    func get() -> Document {
        let configuration = store.configuration
        return Document(
            "xmpp",
            [
                .init("uniqueName", .text(configuration.uniqueName ?? "")),
                .init("domain", .text(configuration.domain ?? "")),
                .init("serverAddressOverride", .text(configuration.serverAddressOverride ?? "")),
            ])
    }

    /// PUT and POST: changes the parameters that the body names, all or none.
    ///
    /// `completion` comes once the change is on disk and the bridge has taken it, on a thread of the store's.
    func change(
        _ request: HTTPServerRequest, by user: User, completion: @escaping @Sendable (Result<Void, APIFailure>) -> Void
    ) {
        let change: ConfigurationChange
        do throws(APIFailure) {
            change = try Self.change(from: request)
        } catch {
            return completion(.failure(error))
        }
        let address = request.remoteAddress
        store.change(change) { [bridge, logger] outcome in
            switch outcome {
            case .stored(let configuration, let changed):
                if !changed.isEmpty {
                    bridge.apply(configuration.bridgeSettings, revision: configuration.revision)
                    let names = changed.map(\.rawValue).joined(separator: ", ")
                    logger.notice("\(address): API user \"\(user.name)\" modified XMPP configuration (\(names))")
                }
                completion(.success(()))
            case .refused(let errors): completion(.failure(.parameters(errors)))
            case .failed(let error):
                logger.error("settings could not be stored", metadata: ["error": "\(StoreError.words(for: error))"])
                completion(.failure(.databaseNotReady))
            }
        }
    }

    private static func change(from request: HTTPServerRequest) throws(APIFailure) -> ConfigurationChange {
        let type = request.headerFields[.contentType].map { $0.prefix { $0 != ";" }.lowercased() } ?? ""
        switch type.filter({ !$0.isWhitespace }) {
        // Real clients leave the type out, or the first part of it.
        case "", "application/x-www-form-urlencoded", "x-www-form-urlencoded":
            switch ConfigurationParameters.change(from: FormBody(request.body).pairs) {
            case .success(let change): return change
            case .failure(let errors): throw .parameters(errors)
            }
        default:
            throw .invalidOperation(
                .unsupportedMediaType, detail: "The body can be application/x-www-form-urlencoded.")
        }
    }
}
