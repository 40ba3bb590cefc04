#pragma once
#include <microhttpd.h>
/* Swift's Glibc module lacks these two headers, and accept4 without _GNU_SOURCE. */
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
extern int accept4(int, struct sockaddr *, socklen_t *, int);

/* MHD_start_daemon is variadic, which Swift cannot call. The socket arrives through
   MHD_add_connection, the options through an array that ends with MHD_OPTION_END. */
static inline struct MHD_Daemon *cb_mhd_start(unsigned int flags,
                                              MHD_AccessHandlerCallback handler, void *context,
                                              struct MHD_OptionItem *options) {
    return MHD_start_daemon(flags, 0, NULL, NULL, handler, context,
                            MHD_OPTION_ARRAY, options, MHD_OPTION_END);
}

/* MHD_get_connection_info is variadic. The connection's socket, or -1. */
static inline int cb_mhd_socket(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    return info == NULL ? -1 : info->connect_fd;
}

/* MHD_get_connection_info is variadic. What the notify-connection callback stored. */
static inline void *cb_mhd_socket_context(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    return info == NULL ? NULL : info->socket_context;
}

/* MHD_get_connection_info is variadic. Bytes from the request line to the empty line, or 0. */
static inline size_t cb_mhd_head_size(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    return info == NULL ? 0 : info->header_size;
}

/* MHD_get_connection_info is variadic. The connection's gnutls_session_t, or NULL without TLS. */
static inline void *cb_mhd_tls_session(struct MHD_Connection *connection) {
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    return info == NULL ? NULL : info->tls_session;
}

/* MHD_get_daemon_info is variadic. The daemon's epoll set, or -1. */
static inline int cb_mhd_epoll(struct MHD_Daemon *daemon) {
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
    return info == NULL ? -1 : info->epoll_fd;
}

/* The header defines MHD_SIZE_UNKNOWN and the reader's return values with casts,
   which Swift does not import. */
static inline uint64_t cb_mhd_size_unknown(void) { return MHD_SIZE_UNKNOWN; }
static inline ssize_t cb_mhd_end_of_stream(void) { return MHD_CONTENT_READER_END_OF_STREAM; }
static inline ssize_t cb_mhd_end_with_error(void) { return MHD_CONTENT_READER_END_WITH_ERROR; }

/* How Swift shortens the names of these constants depends on all constants of their type. */
static inline enum MHD_ValueKind cb_mhd_header_kind(void) { return MHD_HEADER_KIND; }
static inline int cb_mhd_is_start(enum MHD_ConnectionNotificationCode code) {
    return code == MHD_CONNECTION_NOTIFY_STARTED;
}

/* Enumerations whose values depend on the flags word they are combined into:
   one name for each combination that is used, so that Swift needs no raw values. */
static inline unsigned int cb_mhd_flags(int tls) {
    unsigned int flags = MHD_USE_EPOLL | MHD_USE_INTERNAL_POLLING_THREAD
        | MHD_USE_NO_LISTEN_SOCKET | MHD_USE_ITC | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG;
    return tls ? flags | MHD_USE_TLS : flags;
}
