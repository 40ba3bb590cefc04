// Makes each sync take two milliseconds longer, as on a disk that has to move or to ask another machine. For LD_PRELOAD.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>

static void wait(void) {
    struct timespec time = {0, 2000000};
    nanosleep(&time, NULL);
}

int fdatasync(int descriptor) {
    wait();
    return ((int (*)(int))dlsym(RTLD_NEXT, "fdatasync"))(descriptor);
}

int fsync(int descriptor) {
    wait();
    return ((int (*)(int))dlsym(RTLD_NEXT, "fsync"))(descriptor);
}
