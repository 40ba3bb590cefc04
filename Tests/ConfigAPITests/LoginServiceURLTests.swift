import Testing

@testable import ConfigAPI

/// Where passwords may be sent.
@Suite struct LoginServiceURLTests {
    @Test(arguments: [
        "https://login.example.test", "https://login.example.test/", "HTTPS://Login.Example.TEST:8443/a/b",
        "https://192.0.2.1/x", "https://[2001:db8::1]/x", "https://[2001:db8::1]:8443", "http://localhost/x",
        "http://LOCALHOST:8080", "http://127.0.0.1:1/", "http://127.9.9.9/", "http://[::1]:65535/a;b=c,d@e:f!$&'()*+~",
        "https://a.test/%C3%BC-._~", "https://a.test//x/../y",
    ]) func `a URL`(text: String) {
        #expect(LoginServiceURL.problem(with: text) == nil)
    }

    private static let notOne = "This is not an https URL of at most 2048 bytes."
    private static let noHost =
        "The URL needs a host, a DNS name or an IP address (IPv6 in brackets), and may have a port."

    @Test(arguments: [
        ("", notOne), ("login.example.test", notOne), ("ftp://a.test/", notOne), ("https:/a.test", notOne),
        ("https:a.test", notOne), (" https://a.test", notOne), ("https//a.test", notOne), ("://a.test", notOne),
        ("https://a.test/\(String(repeating: "a", count: 2048))", notOne),
        ("https://", noHost), ("https:///x", noHost), ("https://:443/", noHost), ("https://a.test:/", noHost),
        ("https://a.test:0/", noHost), ("https://a.test:65536/", noHost),
        ("https://a.test:99999999999999999999", noHost),
        ("https://a.test:+5/", noHost), ("https://a_b/", noHost), ("https://-a/", noHost), ("https://a.test./", noHost),
        ("https://bücher.example/", noHost), ("https://%6cocalhost/", noHost), ("https://::1/", noHost),
        ("https://[127.0.0.1]/", noHost), ("https://[::1%25lo]/", noHost), ("https://[::1]x/", noHost),
        ("http://127.1/", noHost), ("https://1.2.3.4.5/", noHost), ("https://a.test\\b/", noHost),
        ("https://a.test b/", noHost), ("https://a.test\u{0}/", noHost), ("http://localhost;x/", noHost),
    ]) func `no URL of a host`(text: String, problem: String) {
        #expect(LoginServiceURL.problem(with: text) == problem)
    }

    @Test(arguments: [
        "https://user@a.test/", "https://user:s3cret@a.test/", "https://@a.test/", "https://:@a.test/",
        "http://127.0.0.1:80@a.test/", "http://localhost\\@a.test/",
    ]) func `no secret fits into a URL`(text: String) {
        #expect(LoginServiceURL.problem(with: text) == "The URL can't hold a user or a password.")
    }

    @Test(arguments: [
        ("https://a.test?token=s3cret", "The URL can't have a query: it is shown, and a query may hold a secret."),
        ("https://a.test/x?", "The URL can't have a query: it is shown, and a query may hold a secret."),
        ("https://a.test/#x", "The URL of a service has no fragment (#)."),
        ("https://a.test#", "The URL of a service has no fragment (#)."),
    ]) func `nothing stands behind the path`(text: String, problem: String) {
        #expect(LoginServiceURL.problem(with: text) == problem)
    }

    @Test(arguments: ["/a b", "/a\"b", "/<a>", "/a\\b", "/a|b", "/{a}", "/a^b", "/`", "/%", "/%2", "/%zz", "/ü", "/\n"])
    func `a path needs its escapes`(path: String) {
        #expect(
            LoginServiceURL.problem(with: "https://a.test\(path)")
                == "The URL's path has characters that are written with % and two digits.")
    }

    @Test(arguments: [
        "http://a.test/", "http://192.0.2.1/", "http://localhost.a.test/", "http://[2001:db8::1]/", "http://0.0.0.0/",
        "http://128.0.0.1/",
    ]) func `passwords leave this machine over TLS alone`(text: String) {
        #expect(LoginServiceURL.problem(with: text)?.hasPrefix("Passwords go to this URL: http is for") == true)
    }
}
