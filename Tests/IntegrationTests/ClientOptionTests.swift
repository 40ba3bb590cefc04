import Foundation
import TestSupport
import Testing

@testable import api_server

/// Commands that talk to a server, as far as none is needed.
@Suite struct ClientOptionTests {
    private let scratch: ScratchDirectory

    init() throws {
        scratch = try ScratchDirectory("client")
        try scratch.write("right\n", to: "pw")
    }

    @Test(arguments: [
        (
            ["status", "--url", "http://192.0.2.1:8080", "--password-file", "@/pw"],
            "--url http://192.0.2.1:8080: a password is sent over HTTPS, or to this machine; --insecure lets it cross "
                + "the network in clear."
        ),
        (
            ["status", "--url", "https://admin:hush@127.0.0.1"],
            "--url: a name or a password is not for a URL; use --user and --password-file."
        ),
        (["status", "--timeout", "3"], "--timeout is of no use without --wait."),
        (
            ["status", "--wait", "waiting"],
            "The value 'waiting' is invalid for '--wait <state>'. Please provide one of 'connected' and 'settled'."
        ),
        (
            ["status", "--wait", "connected", "--timeout", "0"],
            "The value '0' is invalid for '--timeout <seconds>': It is a whole number from 1 to 86400."
        ),
        (["configure"], "There is nothing to change: give one of the settings, such as --domain."),
        (
            ["configure", "--shared-secret-file", "-", "--password-file", "-"],
            "--shared-secret-file and --password-file can't both be standard input."
        ),
        (
            ["configure", "--shared-secret-file", "@/pw", "--ask-shared-secret"],
            "--shared-secret-file and --ask-shared-secret exclude each other."
        ),
        (
            ["configure", "--shared-secret-file", "@/pw", "--clear-shared-secret"],
            "--clear-shared-secret does not go together with a shared secret."
        ),
        (
            ["check", "--xmpp-ca-file", "@/pw"],
            "Options for the XMPP server, time limits and --config go together with --local; a running server has its own."
        ),
        (
            ["check", "--local", "--user", "admin"],
            "With --local no server is asked: --url and what belongs to it are of no use."
        ),
        (["check", "--local", "--unique-name", "cb1"], "These are needed: --domain, --shared-secret-file."),
        (["server-config", "prosody", "--domain", "a.test"], "These are needed: --unique-name, --shared-secret-file."),
        (
            ["server-config", "openfire"],
            "The value 'openfire' is invalid for '<kind>'. Please provide one of 'prosody' and 'ejabberd'."
        ),
    ]) func `what is asked for wrongly is one line and status 64`(arguments: [String], line: String) throws {
        #expect(try APIServerRun(arguments, in: scratch) == .failed(line, code: 64))
    }

    @Test(arguments: [
        (
            ["status"],
            "There is no terminal to ask for the password on: give --password-file FILE, or - for standard input."
        ),
        (
            ["configure", "--ask-shared-secret", "--password-file", "@/pw"],
            "There is no terminal to ask for the shared secret on: give --shared-secret-file FILE, or - for standard "
                + "input."
        ),
        (["status", "--password-file", "@/none"], "--password-file @/none: No such file or directory."),
        (["status", "--password-file", "/dev/null"], "--password-file /dev/null: A password can't be empty."),
        (["status", "--user", "a:b", "--password-file", "@/pw"], "A user's name can't hold a colon."),
        (["status", "--password-file", "@/pw", "--ca-file", "@/none"], "--ca-file @/none: No such file or directory."),
        (
            ["configure", "--shared-secret-file", "/dev/null", "--password-file", "@/pw"],
            "--shared-secret-file /dev/null: it is empty."
        ),
        (
            ["check", "--local", "--unique-name", "a_b", "--domain", "-", "--shared-secret-file", "@/pw"],
            "--unique-name: The name is made of letters, digits and hyphens, in labels of 1 to 63 characters with dots "
                + "between. --domain: This is not a DNS name of at most 253 characters."
        ),
        (["server-config", "prosody", "--database", "@/none"], "There is no database @/none."),
    ]) func `what can't be done is one line and status 1`(arguments: [String], line: String) throws {
        let run = try APIServerRun(arguments, in: scratch)
        #expect(run == .failed(line.replacing("@/", with: scratch.path + "/")))
    }

    @Test(arguments: [
        (["status"], ["URL": "https://a", "CA_FILE": "b"], ["status", "--url=https://a", "--ca-file=b"]),
        (
            ["configure", "--url", "c"], ["URL": "https://a", "INSECURE": "yes"],
            ["configure", "--insecure", "--url", "c"]
        ),
        (["status", "--no-insecure"], ["INSECURE": "1"], ["status", "--no-insecure"]),
        (["check"], ["USER": "u", "XMPP_CA_FILE": "x", "DATABASE": "d"], ["check", "--user=u"]),
        (
            ["check", "--local"], ["USER": "u", "XMPP_CA_FILE": "x", "TLS_TIMEOUT": "3", "LISTEN": "y"],
            ["check", "--xmpp-ca-file=x", "--tls-timeout=3", "--local"]
        ),
        (["status"], ["WAIT": "connected", "TIMEOUT": "3"], ["status"]),
        // Nobody wants a new user, or the other side's file, from what is there for something else.
        (["user", "add", "bob"], ["PASSWORD_FILE": "f", "USER": "u"], ["user", "add", "bob"]),
        (["server-config", "prosody"], ["DATABASE": "d"], ["server-config", "prosody"]),
        (["serve"], ["PASSWORD_FILE": "f", "URL": "https://a"], ["serve"]),
    ]) func `a variable says which server is meant`(
        arguments: [String], variables: [String: String], result: [String]
    ) throws {
        let environment = Dictionary(uniqueKeysWithValues: variables.map { (OptionVariables.prefix + $0, $1) })
        #expect(try OptionSources(environment: environment, standardPaths: []).adding(to: arguments) == result)
    }

    @Test func `a variable of a client is known to a server`() throws {
        let environment = ["API_SERVER_URL": "x", "API_SERVER_PASSWORD_FILE": "y"]
        #expect(try OptionSources(environment: environment).unknownVariables.isEmpty)
    }
}
