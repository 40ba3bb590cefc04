internal import ArgumentParser
internal import BridgeEngine

/// A DNS server as given on the command line: `IP` or `IP:PORT`.
struct DNSServerArgument: ExpressibleByArgument {
    let address: DNSServerAddress

    init?(argument: String) {
        guard let address = try? DNSServerAddress.parse(argument) else { return nil }
        self.address = address
    }
}
