#pragma once
#include <ares.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>

/* ARES_GETSOCK_READABLE and ARES_GETSOCK_WRITABLE are macros with arguments, which Swift does not import. */
static inline int callbridge_ares_readable(int bits, int index) { return ARES_GETSOCK_READABLE(bits, index) != 0; }

static inline int callbridge_ares_writable(int bits, int index) { return ARES_GETSOCK_WRITABLE(bits, index) != 0; }

/* Swift's Glibc module leaves out <sys/eventfd.h>: a descriptor to wake a polling thread with, or -1 and errno. */
static inline int callbridge_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

/* prctl is variadic, and pthread_setname_np needs _GNU_SOURCE: names the calling thread, at most 15 bytes. */
static inline void callbridge_name_thread(const char *name) { (void)prctl(PR_SET_NAME, name, 0, 0, 0); }

/* The address of an ares_addrinfo node: copies 4 or 16 bytes to `out` and returns how many; 0 for another family.
 * A shim because casting sockaddr to sockaddr_in in Swift needs rebinding of memory that c-ares owns. */
static inline int callbridge_ares_address(const struct ares_addrinfo_node *node, uint8_t out[16]) {
    if (node->ai_addr == NULL) return 0;
    if (node->ai_family == AF_INET) {
        memcpy(out, &((const struct sockaddr_in *)(const void *)node->ai_addr)->sin_addr, 4);
        return 4;
    }
    if (node->ai_family == AF_INET6) {
        memcpy(out, &((const struct sockaddr_in6 *)(const void *)node->ai_addr)->sin6_addr, 16);
        return 16;
    }
    return 0;
}

/* The address of a configured name server: as above. A shim because the union's members import as a Swift struct
 * of raw tuples. */
static inline int callbridge_ares_server_address(const struct ares_addr_port_node *server, uint8_t out[16]) {
    if (server->family == AF_INET) {
        memcpy(out, &server->addr.addr4, 4);
        return 4;
    }
    if (server->family == AF_INET6) {
        memcpy(out, &server->addr.addr6, 16);
        return 16;
    }
    return 0;
}
