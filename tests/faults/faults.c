/* Makes a program fail at its Nth write to a store. Loaded with LD_PRELOAD; the tests build it with the system's C compiler.
 *
 *   FAULT_FILE   part of the path of the files that are meant, or
 *   FAULT_PORT   the port of the server whose connections are meant
 *   FAULT_KIND   count: only count; kill: end the process with SIGKILL; full: no space left, from then on; cut: the connection is lost
 *   FAULT_AT     which write, from 1
 *   FAULT_WHILE  a file: nothing fails as long as it is not there
 *   FAULT_LOG    a file that grows by one byte with every write that is meant
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static atomic_int count;

static int is_meant_path(const char *path) {
    const char *file = getenv("FAULT_FILE");
    return file != NULL && path != NULL && strstr(path, file) != NULL && strstr(path, ".lock") == NULL;
}

static int is_meant(int fd) {
    const char *port = getenv("FAULT_PORT");
    if (port != NULL) {
        struct sockaddr_storage peer;
        socklen_t length = sizeof peer;
        if (getpeername(fd, (struct sockaddr *)&peer, &length) != 0)
            return 0;
        int number = peer.ss_family == AF_INET    ? ntohs(((struct sockaddr_in *)&peer)->sin_port)
                     : peer.ss_family == AF_INET6 ? ntohs(((struct sockaddr_in6 *)&peer)->sin6_port)
                                                  : -1;
        return number == atoi(port);
    }

    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0)
        return 0;
    path[length] = 0;
    return is_meant_path(path);
}

/* Whether this write fails. Does not return where the process is to end. */
static int fails(int fd, int needs_space) {
    const char *kind = getenv("FAULT_KIND"), *at = getenv("FAULT_AT"), *log = getenv("FAULT_LOG"), *only = getenv("FAULT_WHILE");
    if (only != NULL && access(only, F_OK) != 0)
        return 0;
    int number = atomic_fetch_add(&count, 1) + 1;
    if (log != NULL) {
        int file = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
        if (file >= 0) {
            REAL(write)(file, ".", 1);
            close(file);
        }
    }
    if (kind == NULL || at == NULL || number < atoi(at))
        return 0;
    if (strcmp(kind, "kill") == 0) {
        kill(getpid(), SIGKILL);
        pause();
    }
    if (strcmp(kind, "cut") == 0) {
        shutdown(fd, SHUT_RDWR);
        errno = ECONNRESET;
        return 1;
    }
    errno = ENOSPC;
    return strcmp(kind, "full") == 0 && needs_space;
}

#define BEFORE(condition, fd, needs_space)       \
    if ((condition) && fails(fd, needs_space)) { \
        return -1;                               \
    }

ssize_t write(int fd, const void *bytes, size_t length) {
    BEFORE(is_meant(fd), fd, 1)
    return REAL(write)(fd, bytes, length);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset) {
    BEFORE(is_meant(fd), fd, 1)
    return REAL(pwrite)(fd, bytes, length, offset);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
    BEFORE(is_meant(fd), fd, 1)
    return REAL(pwrite64)(fd, bytes, length, offset);
}

int ftruncate(int fd, off_t length) {
    BEFORE(is_meant(fd), fd, 0)
    return REAL(ftruncate)(fd, length);
}

int ftruncate64(int fd, off64_t length) {
    BEFORE(is_meant(fd), fd, 0)
    return REAL(ftruncate64)(fd, length);
}

int fsync(int fd) {
    BEFORE(is_meant(fd), fd, 0)
    return REAL(fsync)(fd);
}

int fdatasync(int fd) {
    BEFORE(is_meant(fd), fd, 0)
    return REAL(fdatasync)(fd);
}

int unlink(const char *path) {
    BEFORE(is_meant_path(path), -1, 0)
    return REAL(unlink)(path);
}

ssize_t send(int fd, const void *bytes, size_t length, int flags) {
    BEFORE(is_meant(fd), fd, 1)
    return REAL(send)(fd, bytes, length, flags);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    BEFORE(is_meant(fd), fd, 1)
    return REAL(sendmsg)(fd, message, flags);
}
