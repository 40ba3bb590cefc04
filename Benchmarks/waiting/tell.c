// The least that telling many costs: accepts so many connections, and for each line on standard input writes the same bytes
// to each of them.
//
// usage: tell COUNT BYTES
//
// Prints the port it listens on.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static void need(int is_good, const char *what) {
    if (is_good) return;
    perror(what);
    exit(1);
}

int main(int count, char **arguments) {
    if (count != 3) return 2;
    int connections = atoi(arguments[1]), bytes = atoi(arguments[2]);
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    need(bind(listener, (struct sockaddr *)&address, length) == 0 && listen(listener, 1024) == 0, "listen");
    need(getsockname(listener, (struct sockaddr *)&address, &length) == 0, "getsockname");
    printf("%d\n", ntohs(address.sin_port));
    fflush(stdout);
    int *sockets = calloc(connections, sizeof *sockets);
    char *text = malloc(bytes), line[64];
    need(sockets && text, "memory");
    memset(text, 'x', bytes);
    for (int number = 0; number < connections; number++) {
        sockets[number] = accept(listener, NULL, NULL);
        int on = 1;
        need(sockets[number] >= 0 && setsockopt(sockets[number], IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0, "accept");
    }
    while (fgets(line, sizeof line, stdin)) {
        for (int number = 0; number < connections; number++)
            need(write(sockets[number], text, bytes) == bytes, "write");
    }
    return 0;
}
