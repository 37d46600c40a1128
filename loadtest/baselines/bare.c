/* The limit of this machine: WebSocket frames with nothing around them, in C with epoll.
 *
 *   bare                echoes every message (unmasked, framed anew)
 *   stdin "HZ SECONDS BYTES"   also sends a frame of that payload to everybody, HZ times a second,
 *                       one send() a client; answers with the frames sent and the CPU they took
 *
 * Prints its port first. Speaks just enough WebSocket for our own generator: it does not compute
 * Sec-WebSocket-Accept, which costs nothing while frames flow.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FILES 20000
static char upgraded[FILES];
static int epoll_fd;

static void die(const char *what) { perror(what); exit(1); }

static uint64_t now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000ull + (uint64_t)t.tv_nsec / 1000;
}

static uint64_t cpu_us(void) {
  struct rusage r;
  getrusage(RUSAGE_SELF, &r);
  return (uint64_t)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1000000ull +
         (uint64_t)(r.ru_utime.tv_usec + r.ru_stime.tv_usec);
}

static void end(int fd) { upgraded[fd] = 0; close(fd); }

static void hear(int fd) {
  static const char answer[] =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
  uint8_t in[8192], out[8192];
  ssize_t n = recv(fd, in, sizeof in, 0);
  if (n <= 0) { end(fd); return; }
  if (!upgraded[fd]) {
    upgraded[fd] = 1;
    send(fd, answer, sizeof answer - 1, MSG_NOSIGNAL);
    return;
  }
  size_t at = 0, put = 0;
  while (at + 6 <= (size_t)n) {
    size_t length = in[at + 1] & 127, head = 6;
    if (length == 126) { length = (size_t)in[at + 2] << 8 | in[at + 3]; head = 8; }
    if (length == 127 || at + head + length > (size_t)n) break;
    const uint8_t *mask = in + at + head - 4;
    out[put++] = in[at];
    if (length < 126) out[put++] = (uint8_t)length;
    else { out[put++] = 126; out[put++] = (uint8_t)(length >> 8); out[put++] = (uint8_t)length; }
    for (size_t i = 0; i < length; i++) out[put++] = in[at + head + i] ^ mask[i & 3];
    at += head + length;
  }
  if (put) send(fd, out, put, MSG_NOSIGNAL);
}

static void step(int listener, int timeout_ms, int *command) {
  struct epoll_event events[512];
  int n = epoll_wait(epoll_fd, events, 512, timeout_ms);
  for (int i = 0; i < n; i++) {
    int fd = events[i].data.fd;
    if (fd == 0) { *command = 1; continue; }
    if (fd != listener) { hear(fd); continue; }
    int one = 1, peer = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (peer < 0) continue;
    setsockopt(peer, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    struct epoll_event in = {.events = EPOLLIN, .data.fd = peer};
    epoll_ctl(epoll_fd, EPOLL_CTL_ADD, peer, &in);
  }
}

static void broadcast(int hz, int seconds, int bytes, int listener) {
  uint8_t frame[4096] = {0x81};
  int head = bytes < 126 ? 2 : 4, nothing;
  if (bytes < 126) frame[1] = (uint8_t)bytes;
  else { frame[1] = 126; frame[2] = (uint8_t)(bytes >> 8); frame[3] = (uint8_t)bytes; }
  memset(frame + head, ' ', (size_t)bytes);
  memcpy(frame + head, "{\"t\":\"tally\"", 12);
  uint64_t begin = now_us(), cpu = cpu_us(), count = 0, stop = begin + (uint64_t)seconds * 1000000ull;
  for (uint64_t due = begin; now_us() < stop; due += 1000000ull / (uint64_t)hz) {
    while (now_us() < due) step(listener, (int)((due - now_us()) / 1000) + 1, &nothing);
    for (int fd = 0; fd < FILES; fd++)
      if (upgraded[fd]) count += send(fd, frame, (size_t)(head + bytes), MSG_NOSIGNAL | MSG_DONTWAIT) > 0;
  }
  printf("{\"sent\": %llu, \"cpu_us\": %llu}\n", (unsigned long long)count,
         (unsigned long long)(cpu_us() - cpu));
  fflush(stdout);
}

int main(void) {
  struct rlimit files = {FILES, FILES};
  setrlimit(RLIMIT_NOFILE, &files);
  struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t n = sizeof own;
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(listener, (struct sockaddr *)&own, n) || listen(listener, 4096)) die("listen");
  getsockname(listener, (struct sockaddr *)&own, &n);
  printf("%d\n", ntohs(own.sin_port));
  fflush(stdout);
  epoll_fd = epoll_create1(0);
  struct epoll_event in = {.events = EPOLLIN, .data.fd = listener}, said = {.events = EPOLLIN, .data.fd = 0};
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &in);
  epoll_ctl(epoll_fd, EPOLL_CTL_ADD, 0, &said);
  char line[256];
  setvbuf(stdin, NULL, _IONBF, 0);
  for (;;) {
    int command = 0, hz, seconds, bytes;
    step(listener, -1, &command);
    if (!command) continue;
    if (!fgets(line, sizeof line, stdin)) return 0;
    if (sscanf(line, "%d %d %d", &hz, &seconds, &bytes) == 3 && hz > 0 && bytes < 4000)
      broadcast(hz, seconds, bytes, listener);
  }
}
