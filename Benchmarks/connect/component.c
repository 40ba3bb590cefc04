// The least that a component connection costs: TCP, TLS 1.3 with a client certificate, stream header, handshake
// (XEP-0114), in plain C on OpenSSL. For each line on standard input it closes the connection that it has politely, connects
// anew, waits until the server has accepted it, and prints the milliseconds that both took, and those of the connecting alone.
//
// usage: component PORT SNI JID SECRET-FILE CERTIFICATE-AND-KEY.pem CA.pem
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void die(const char *what) {
    perror(what);
    ERR_print_errors_fp(stderr);
    exit(1);
}

static double milliseconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1e3 + time.tv_nsec / 1e6;
}

static int tcp;
static SSL *tls;
static char input[16384];
static size_t length;

// Reads until the text holds `wanted`, acknowledging at once: the server leaves Nagle's algorithm on.
static char *read_until(const char *wanted) {
    for (;;) {
        char *found = strstr(input, wanted);
        if (found) return found;
        int on = 1;
        setsockopt(tcp, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
        int count = SSL_read(tls, input + length, (int)(sizeof input - 1 - length));
        if (count <= 0) die(wanted);
        length += (size_t)count;
        input[length] = 0;
    }
}

static void send_text(const char *text) {
    if (SSL_write(tls, text, (int)strlen(text)) <= 0) die("write");
}

static void connect_once(SSL_CTX *context, int port, const char *sni, const char *jid, const char *secret) {
    double start = milliseconds();
    if (tls) {
        send_text("</stream:stream>");
        while (SSL_read(tls, input, sizeof input) > 0) continue;
        SSL_shutdown(tls);
        SSL_free(tls);
        close(tcp);
    }
    double closed = milliseconds();
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    tcp = socket(AF_INET, SOCK_STREAM, 0);
    int on = 1;
    setsockopt(tcp, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (connect(tcp, (struct sockaddr *)&address, sizeof address)) die("connect");
    tls = SSL_new(context);
    SSL_set_fd(tls, tcp);
    SSL_set_tlsext_host_name(tls, sni);
    if (SSL_connect(tls) != 1) die("TLS");

    char text[1024];
    snprintf(text, sizeof text,
             "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' "
             "xmlns:stream='http://etherx.jabber.org/streams' to='%s'>", jid);
    length = 0;
    input[0] = 0;
    send_text(text);
    char *id = read_until(" id='") + 5;
    read_until("'>");
    *strchr(id, '\'') = 0;

    unsigned char digest[SHA_DIGEST_LENGTH];
    snprintf(text, sizeof text, "%s%s", id, secret);
    SHA1((unsigned char *)text, strlen(text), digest);
    char *end = text + sprintf(text, "<handshake>");
    for (int i = 0; i < SHA_DIGEST_LENGTH; i++) end += sprintf(end, "%02x", digest[i]);
    strcpy(end, "</handshake>");
    length = 0;
    input[0] = 0;
    send_text(text);
    read_until("<handshake");
    double connected = milliseconds();
    printf("%.3f %.3f\n", connected - start, connected - closed);
    fflush(stdout);
}

int main(int count, char **arguments) {
    if (count != 7) return 2;
    char secret[256] = "";
    FILE *file = fopen(arguments[4], "r");
    if (!file || !fgets(secret, sizeof secret, file)) die(arguments[4]);
    secret[strcspn(secret, "\n")] = 0;
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    if (SSL_CTX_load_verify_locations(context, arguments[6], NULL) != 1
        || SSL_CTX_use_certificate_chain_file(context, arguments[5]) != 1
        || SSL_CTX_use_PrivateKey_file(context, arguments[5], SSL_FILETYPE_PEM) != 1) die("certificates");
    char line[16];
    while (fgets(line, sizeof line, stdin))
        connect_once(context, atoi(arguments[1]), arguments[2], arguments[3], secret);
    return 0;
}
