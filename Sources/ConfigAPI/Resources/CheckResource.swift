internal import BridgeEngine

/// `/configuration/xmpp/check`: tries settings without storing them, and answers what happened step by step.
struct CheckResource: APIResource {
    let store: Store
    let bridge: any BridgeControl

    func answer(_ request: APIRequest) throws(APIFailure) -> HTTPServerResponse? {
        let settings = try settings(request.http)
        // Some servers throw out the connection that is up when its name is registered again.
        let registers = try registers(request.http) ?? (bridge.status.state != .connected)
        let task = Task {
            request.responder.respond(await check(settings, registers, request))
        }
        request.responder.onClientGone { task.cancel() }
        return nil
    }

    private func check(_ settings: BridgeSettings, _ registers: Bool, _ request: APIRequest) async -> HTTPServerResponse
    {
        do throws(Bridge.CheckError) {
            let report = try await bridge.check(settings, registering: registers) { _ in }
            return request.success(Document(check: report, registering: registers))
        } catch {
            switch error {
            case .incomplete(let missing): return request.failure(Self.incomplete(missing))
            case .tooMany, .stopped: return request.failure(.unavailable)
            }
        }
    }

    /// What is stored, with what the body names.
    private func settings(_ request: HTTPServerRequest) throws(APIFailure) -> BridgeSettings {
        let parameters = try RequestBody.parameters(of: request, root: ConfigurationResource.root)
        let settings: BridgeSettings
        switch ConfigurationParameters.change(from: parameters) {
        case .failure(let errors): throw .parameters(errors)
        case .success(let change):
            do throws(ParameterError) {
                settings = try change.applied(to: store.configuration).bridgeSettings
            } catch {
                throw .parameters(ParameterErrors([error]))
            }
        }
        if !settings.missing.isEmpty { throw Self.incomplete(settings.missing) }
        return settings
    }

    private static func incomplete(_ missing: [BridgeSettings.Parameter]) -> APIFailure {
        .parameters(
            ParameterErrors(
                missing.map {
                    ParameterError($0, .missingParameter, "\($0.rawValue) is neither given nor stored.")
                }))
    }

    private func registers(_ request: HTTPServerRequest) throws(APIFailure) -> Bool? {
        guard let text = try QueryParameters(request.query, allowing: ["register"])["register"] else { return nil }
        guard let registers = Bool(text) else {
            let error = ParameterError(parameter: "register", .invalidValue, "true or false.")
            throw .parameters(ParameterErrors([error]))
        }
        return registers
    }
}
