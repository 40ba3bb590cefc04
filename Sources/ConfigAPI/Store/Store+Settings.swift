public import BridgeEngine
internal import GRDB

extension Store {
    /// Reads the settings in the database at `path`, also while a server runs on it, and changes nothing.
    /// - Throws: ``StoreError``: there is no such file, or it can't be read by this version.
    public static func settings(at path: String) throws(StoreError) -> BridgeSettings {
        try openFile(at: path, mayCreate: false)
        do {
            try inspect(path)
            var options = Configuration()
            options.busyMode = .timeout(5)
            let database = try DatabaseQueue(path: path, configuration: options)
            let configuration = try database.read { try ConfigurationRow.read($0) }
            try database.close()
            return configuration.bridgeSettings
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError("The database \(path) can't be read: \(StoreError.words(for: error)).")
        }
    }
}
