/* Notes what a process and its children write, and what they have flushed to the disk, in the order
   in which it happens: loaded before libc (LD_PRELOAD), it appends a record to the file TRACE_FILE.
   A write is noted before the kernel has it, a flush after the kernel has answered: what a record of
   a write comes before cannot have been flushed earlier than it says. A record: pid, kind ('w' or
   's'), file, length, as four ints of the machine, then that many bytes (of a write, the first). */

#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#define KEPT 16384

static int trace = -1;

__attribute__((constructor)) static void open_trace(void)
{
    trace = open(getenv("TRACE_FILE"), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    if (trace < 0)
        _exit(71);
}

static void note(int kind, int file, const struct iovec *parts, int count)
{
    struct iovec out[17];
    int head[4] = {getpid(), kind, file, 0};
    int used = 1;
    if (trace < 0 || file == trace)
        return;
    for (int i = 0; i < count && used < 17 && head[3] < KEPT; i++) {
        size_t length = parts[i].iov_len;
        if (length > (size_t)(KEPT - head[3]))
            length = KEPT - head[3];
        out[used].iov_base = parts[i].iov_base;
        out[used++].iov_len = length;
        head[3] += (int)length;
    }
    out[0].iov_base = head;
    out[0].iov_len = sizeof head;
    if (syscall(SYS_writev, trace, out, used) < 0)
        _exit(72);
}

ssize_t write(int file, const void *data, size_t length)
{
    struct iovec part = {(void *)data, length};
    note('w', file, &part, 1);
    return syscall(SYS_write, file, data, length);
}

ssize_t writev(int file, const struct iovec *parts, int count)
{
    note('w', file, parts, count);
    return syscall(SYS_writev, file, parts, count);
}

ssize_t send(int file, const void *data, size_t length, int flags)
{
    struct iovec part = {(void *)data, length};
    note('w', file, &part, 1);
    return syscall(SYS_sendto, file, data, length, flags, NULL, 0);
}

ssize_t sendmsg(int file, const struct msghdr *message, int flags)
{
    note('w', file, message->msg_iov, (int)message->msg_iovlen);
    return syscall(SYS_sendmsg, file, message, flags);
}

int fdatasync(int file)
{
    long failed = syscall(SYS_fdatasync, file);
    if (!failed)
        note('s', file, NULL, 0);
    return (int)failed;
}

int fsync(int file)
{
    long failed = syscall(SYS_fsync, file);
    if (!failed)
        note('s', file, NULL, 0);
    return (int)failed;
}
