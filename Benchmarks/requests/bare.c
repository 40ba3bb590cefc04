// The least that libmicrohttpd costs: the same answer to each request, with neither authentication nor a look at it.
//
// usage: bare PORT THREADS HEAD-FILE BODY-FILE [CERTIFICATE.pem KEY.pem PRIORITIES]
//
// HEAD-FILE holds a header field a line ("Name: value"). It runs until a signal ends it.
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct MHD_Response *response;

static enum MHD_Result answer(void *cls, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *data, size_t *size, void **context) {
    (void)cls, (void)url, (void)method, (void)version, (void)data, (void)size;
    // As libmicrohttpd wants it: the first call has only the head.
    if (*context == NULL) {
        *context = (void *)1;
        return MHD_YES;
    }
    return MHD_queue_response(connection, 200, response);
}

static char *text(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    char *result = calloc(1, 1 << 20);
    if (!file || !result) {
        perror(path);
        exit(1);
    }
    *length = fread(result, 1, (1 << 20) - 1, file);
    fclose(file);
    return result;
}

int main(int count, char **arguments) {
    if (count != 5 && count != 8) return 2;
    unsigned short port = (unsigned short)atoi(arguments[1]);
    unsigned int threads = (unsigned int)atoi(arguments[2]);
    size_t length, ignored;
    char *head = text(arguments[3], &ignored), *body = text(arguments[4], &length);
    response = MHD_create_response_from_buffer(length, body, MHD_RESPMEM_PERSISTENT);
    for (char *line = strtok(head, "\r\n"); line; line = strtok(NULL, "\r\n")) {
        char *colon = strstr(line, ": ");
        if (!colon) continue;
        *colon = 0;
        MHD_add_response_header(response, line, colon + 2);
    }
    unsigned int flags = MHD_USE_EPOLL_INTERNAL_THREAD;
    struct MHD_OptionItem options[5] = {{MHD_OPTION_END, 0, NULL}};
    int used = 0;
    if (threads > 1) options[used++] = (struct MHD_OptionItem){MHD_OPTION_THREAD_POOL_SIZE, threads, NULL};
    if (count == 8) {
        flags |= MHD_USE_TLS;
        options[used++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_CERT, 0, text(arguments[5], &ignored)};
        options[used++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_MEM_KEY, 0, text(arguments[6], &ignored)};
        options[used++] = (struct MHD_OptionItem){MHD_OPTION_HTTPS_PRIORITIES, 0, arguments[7]};
    }
    options[used] = (struct MHD_OptionItem){MHD_OPTION_END, 0, NULL};
    struct MHD_Daemon *daemon = MHD_start_daemon(
        flags, port, NULL, NULL, answer, NULL, MHD_OPTION_ARRAY, options, MHD_OPTION_END);
    if (!daemon) return 1;
    pause();
    return 0;
}
