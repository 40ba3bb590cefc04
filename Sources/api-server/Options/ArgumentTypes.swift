public import ArgumentParser
public import BridgeEngine
public import ConfigAPI

// Words of these types are taken from the command line as they are.
extension LogFormat: ExpressibleByArgument {}
extension LoginPolicy.Mode: ExpressibleByArgument {}
extension Role: ExpressibleByArgument {}
extension TLSVerification: ExpressibleByArgument {}
