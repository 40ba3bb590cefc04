// The least that very many component connections hold: plain C on OpenSSL, one SSL object and one socket each, TLS 1.3
// with a client certificate, stream header and handshake (XEP-0114).
//
// usage: bare PORT CA.pem CERTIFICATE.pem KEY.pem
//
// Each line on standard input is a number: so many connections there are to be. Once all are there, that is said on
// standard output. Nothing is read after that.
#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void die(const char *what) {
    perror(what);
    exit(1);
}

static void read_until(SSL *tls, const char *wanted) {
    char input[4096];
    int length = 0;
    for (input[0] = 0; !strstr(input, wanted);) {
        int count = SSL_read(tls, input + length, (int)sizeof input - 1 - length);
        if (count <= 0) die(wanted);
        input[length += count] = 0;
    }
}

static void connect_one(SSL_CTX *context, int port, int number) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    int tcp = socket(AF_INET, SOCK_STREAM, 0);
    if (tcp < 0 || connect(tcp, (struct sockaddr *)&address, sizeof address)) die("connect");
    SSL *tls = SSL_new(context);
    SSL_set_fd(tls, tcp);
    SSL_set_tlsext_host_name(tls, "example.test");
    if (SSL_connect(tls) != 1) die("TLS");
    char text[256];
    int length = snprintf(text, sizeof text,
                          "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "
                          "xmlns:stream='http://etherx.jabber.org/streams' to='cb%d.example.test'>", number);
    SSL_write(tls, text, length);
    read_until(tls, "'>");
    static const char handshake[] = "<handshake>0000000000000000000000000000000000000000</handshake>";
    SSL_write(tls, handshake, sizeof handshake - 1);
    read_until(tls, "<handshake/>");
}

int main(int count, char **arguments) {
    if (count != 5) return 2;
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    if (SSL_CTX_load_verify_locations(context, arguments[2], NULL) != 1
        || SSL_CTX_use_certificate_chain_file(context, arguments[3]) != 1
        || SSL_CTX_use_PrivateKey_file(context, arguments[4], SSL_FILETYPE_PEM) != 1) die("certificates");
    int made = 0;
    char line[16];
    while (fgets(line, sizeof line, stdin)) {
        for (; made < atoi(line); made++) connect_one(context, atoi(arguments[1]), made);
        printf("connected %d\n", made);
        fflush(stdout);
    }
    return 0;
}
