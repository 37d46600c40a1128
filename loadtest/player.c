/* The load generator: plays WebSocket frames that were built beforehand, and notes what came back.
 *
 * It knows nothing of votes: who connects with which request, what is sent when, and how the
 * answers that matter begin, all come from files made by audience.py. It sleeps in epoll and
 * never spins. Server frames are only walked by their lengths. One command a line on stdin, one
 * JSON line of answer each:
 *
 *   clients FILE                     who there is: u32 address, u32 n, request, u32 n, hello frame
 *   markers WELCOME ACK REFUSAL TICK how their payloads begin, in hex ("-" for none)
 *   connect SPREAD_MS AT_ONCE LIMIT_MS SEED   everybody who is not connected, each at a random
 *                                    moment of the spread; ends when all have their welcome
 *   play FILE MODE WINDOW_MS DRAIN_MS   FILE: u32 client, u32 due_us, u32 n, frame. MODE "closed":
 *                                    everybody sends their next frame on the answer to the last;
 *                                    "timed": at its due time. Nothing is sent after the window.
 *                                    FILE.out: u32 client, u32 delay_us, u32 1 counted | 0 refused
 *   listen MS                        only hear
 *   drop                             cut every connection at once
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { ABSENT, CONNECTING, UPGRADING, GREETING, READY };
enum { WELCOME, ACK, REFUSAL, TICK, MARKERS };

typedef struct { uint32_t due_us, length; const uint8_t *bytes; int32_t next; } Frame;
typedef struct {
  int fd, state;
  uint32_t address, request_n, hello_n;
  const uint8_t *request, *hello;
  uint8_t *rest;             /* the beginning of a frame whose end has not arrived */
  size_t rest_n, rest_max;
  int32_t head, tail;        /* frames to send, in order */
  uint64_t sent_ns[64];      /* sent and not answered, oldest first */
  uint32_t waiting, oldest;
  uint64_t due_ns;           /* when to connect */
} Client;
typedef struct { uint32_t client, delay_us, counted; } Heard;

static struct sockaddr_in server;
static Client *clients;
static uint32_t client_count, ready, handshakes, failed, lost;
static int epoll_fd, close_code;
static uint8_t marker[MARKERS][64];
static size_t marker_n[MARKERS];
static uint8_t buffer[1 << 18];

static Frame *frames;
static uint32_t frame_count;
static Heard *heard;
static uint32_t heard_count, sent, waiting;
static int closed_loop;
static uint64_t window_end_ns, last_heard_ns;
static uint64_t ticks, tick_bytes, bytes_in;

static uint64_t now_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000000ull + (uint64_t)t.tv_nsec;
}

static uint64_t cpu_us(void) {
  struct rusage r;
  getrusage(RUSAGE_SELF, &r);
  return (uint64_t)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) * 1000000ull +
         (uint64_t)(r.ru_utime.tv_usec + r.ru_stime.tv_usec);
}

static void die(const char *what) {
  fprintf(stderr, "player: %s: %s\n", what, strerror(errno));
  exit(1);
}

static uint8_t *read_file(const char *path, size_t *length) {
  FILE *file = fopen(path, "rb");
  if (!file) die(path);
  fseek(file, 0, SEEK_END);
  *length = (size_t)ftell(file);
  rewind(file);
  uint8_t *bytes = malloc(*length + 1);
  if (!bytes || fread(bytes, 1, *length, file) != *length) die(path);
  fclose(file);
  return bytes;
}

static uint32_t take_u32(const uint8_t **at) {
  uint32_t value;
  memcpy(&value, *at, 4);
  *at += 4;
  return value;
}

static void leave(Client *c) {
  if (c->state == ABSENT) return;
  if (c->state == READY) { ready--; lost++; } else { handshakes--; failed++; }
  waiting -= c->waiting;
  close(c->fd);
  c->fd = -1;
  c->state = ABSENT;
  c->rest_n = 0;
  c->waiting = c->oldest = 0;
}

static void put(Client *c, const uint8_t *bytes, size_t n) {
  while (n) {
    ssize_t done = send(c->fd, bytes, n, MSG_NOSIGNAL);
    if (done < 0 && errno == EAGAIN) {
      struct pollfd wait = {c->fd, POLLOUT, 0};
      if (poll(&wait, 1, 2000) > 0) continue;
    }
    if (done < 0) { leave(c); return; }
    bytes += done;
    n -= (size_t)done;
  }
}

static void send_next(Client *c) {
  if (c->head < 0 || c->state != READY || c->waiting == 64) return;
  Frame *f = &frames[c->head];
  c->head = f->next;
  c->sent_ns[(c->oldest + c->waiting) % 64] = now_ns();
  c->waiting++;
  waiting++;
  sent++;
  put(c, f->bytes, f->length);
}

static int begins(const uint8_t *payload, size_t n, int which) {
  return marker_n[which] && n >= marker_n[which] && !memcmp(payload, marker[which], marker_n[which]);
}

static void answered(Client *c, uint32_t counted) {
  if (!c->waiting) return;
  uint64_t now = now_ns();
  if (heard_count < frame_count)
    heard[heard_count++] = (Heard){(uint32_t)(c - clients),
        (uint32_t)((now - c->sent_ns[c->oldest]) / 1000), counted};
  c->oldest = (c->oldest + 1) % 64;
  c->waiting--;
  waiting--;
  last_heard_ns = now;
  if (closed_loop && now < window_end_ns) send_next(c);
}

static void on_frame(Client *c, int opcode, const uint8_t *payload, size_t n) {
  if (opcode == 9) {
    uint8_t pong[131] = {0x8a, (uint8_t)(0x80 | n)}; /* masked with zeros */
    if (n <= 125) { memcpy(pong + 6, payload, n); put(c, pong, n + 6); }
  } else if (opcode == 8) {
    close_code = n >= 2 ? payload[0] << 8 | payload[1] : 1005;
    leave(c);
  } else if (c->state == GREETING && begins(payload, n, WELCOME)) {
    c->state = READY;
    handshakes--;
    ready++;
  } else if (begins(payload, n, ACK)) {
    answered(c, 1);
  } else if (begins(payload, n, REFUSAL)) {
    answered(c, 0);
  } else if (begins(payload, n, TICK)) {
    ticks++;
    tick_bytes += n;
  }
}

/* How many bytes were whole frames. */
static size_t walk(Client *c, const uint8_t *bytes, size_t n) {
  size_t at = 0;
  while (c->state >= GREETING && n - at >= 2) {
    size_t head = 2, length = bytes[at + 1] & 127;
    if (length == 126) {
      if (n - at < 4) break;
      length = (size_t)bytes[at + 2] << 8 | bytes[at + 3];
      head = 4;
    } else if (length == 127) {
      if (n - at < 10) break;
      length = 0;
      for (int i = 2; i < 10; i++) length = length << 8 | bytes[at + i];
      head = 10;
    }
    if (n - at < head + length) break;
    on_frame(c, bytes[at] & 15, bytes + at + head, length);
    at += head + length;
  }
  return at;
}

static void hear(Client *c) {
  memcpy(buffer, c->rest, c->rest_n);
  ssize_t got = recv(c->fd, buffer + c->rest_n, sizeof buffer - c->rest_n, 0);
  if (got <= 0) {
    if (got == 0 || errno != EAGAIN) leave(c);
    return;
  }
  bytes_in += (uint64_t)got;
  size_t n = c->rest_n + (size_t)got, at = 0;
  if (c->state == UPGRADING) {
    uint8_t *end = memmem(buffer, n, "\r\n\r\n", 4);
    if (end) {
      if (n < 12 || memcmp(buffer + 9, "101", 3)) { leave(c); return; }
      at = (size_t)(end + 4 - buffer);
      c->state = GREETING;
      put(c, c->hello, c->hello_n);
    }
  }
  if (c->state >= GREETING) at += walk(c, buffer + at, n - at);
  if (c->state == ABSENT) return;
  c->rest_n = n - at;
  if (c->rest_n > c->rest_max) {
    c->rest_max = c->rest_n * 2;
    c->rest = realloc(c->rest, c->rest_max);
  }
  memcpy(c->rest, buffer + at, c->rest_n);
}

static void dial(Client *c) {
  c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, IPPROTO_TCP);
  if (c->fd < 0) die("socket");
  int one = 1;
  setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
  struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(c->address)};
  if (bind(c->fd, (struct sockaddr *)&own, sizeof own)) die("bind");
  if (connect(c->fd, (struct sockaddr *)&server, sizeof server) && errno != EINPROGRESS) die("connect");
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = c};
  if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, c->fd, &event)) die("epoll");
  c->state = CONNECTING;
  handshakes++;
}

static void on_event(Client *c, uint32_t events) {
  if (c->state == ABSENT) return;
  if (c->state == CONNECTING && events & EPOLLOUT && !(events & (EPOLLERR | EPOLLHUP))) {
    c->state = UPGRADING;
    struct epoll_event in = {.events = EPOLLIN, .data.ptr = c};
    epoll_ctl(epoll_fd, EPOLL_CTL_MOD, c->fd, &in);
    put(c, c->request, c->request_n);
  }
  if (c->state != ABSENT && events & EPOLLIN) hear(c);
  if (c->state != ABSENT && events & (EPOLLERR | EPOLLHUP)) leave(c);
}

/* Handle what happens until `until_ns` at most; one sleep. Returns 1 if stdin has a command. */
static int step(uint64_t until_ns) {
  struct epoll_event events[512];
  uint64_t now = now_ns(), left = until_ns > now ? until_ns - now : 0;
  struct timespec pause = {(time_t)(left / 1000000000ull), (long)(left % 1000000000ull)};
  int command = 0, n = epoll_pwait2(epoll_fd, events, 512, &pause, NULL);
  if (n < 0 && errno != EINTR) die("epoll_wait");
  for (int i = 0; i < n; i++)
    if (events[i].data.ptr) on_event(events[i].data.ptr, events[i].events);
    else command = 1;
  return command;
}

static void watch_stdin(int on) {
  struct epoll_event in = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(epoll_fd, on ? EPOLL_CTL_ADD : EPOLL_CTL_DEL, 0, &in);
}

static void load_clients(const char *path) {
  size_t n;
  const uint8_t *at = read_file(path, &n), *end = at + n;
  client_count = take_u32(&at);
  clients = calloc(client_count, sizeof *clients);
  for (Client *c = clients; at < end; c++) {
    c->fd = -1;
    c->head = c->tail = -1;
    c->address = take_u32(&at);
    c->request_n = take_u32(&at);
    c->request = at;
    at += c->request_n;
    c->hello_n = take_u32(&at);
    c->hello = at;
    at += c->hello_n;
  }
  printf("{\"clients\": %u}\n", client_count);
}

static int by_due(const void *a, const void *b) {
  uint64_t x = (*(Client *const *)a)->due_ns, y = (*(Client *const *)b)->due_ns;
  return (x > y) - (x < y);
}

static void connect_all(uint32_t spread_ms, uint32_t at_once, uint32_t limit_ms, uint32_t seed) {
  Client **order = malloc(client_count * sizeof *order);
  uint32_t count = 0, next = 0;
  uint64_t start = now_ns(), cpu = cpu_us();
  failed = 0;
  srandom(seed);
  for (Client *c = clients; c < clients + client_count; c++) {
    if (c->state != ABSENT) continue;
    c->due_ns = start + (uint64_t)random() % ((uint64_t)spread_ms * 1000000ull + 1);
    order[count++] = c;
  }
  qsort(order, count, sizeof *order, by_due);
  uint64_t limit = start + (uint64_t)limit_ms * 1000000ull, now;
  while ((now = now_ns()) < limit && (next < count || handshakes)) {
    while (next < count && handshakes < at_once && order[next]->due_ns <= now) dial(order[next++]);
    uint64_t wake = next < count && handshakes < at_once ? order[next]->due_ns : limit;
    step(wake < limit ? wake : limit);
  }
  free(order);
  printf("{\"ready\": %u, \"failed\": %u, \"close_code\": %d, \"took_us\": %llu, \"cpu_us\": %llu}\n",
         ready, failed, close_code, (unsigned long long)((now_ns() - start) / 1000),
         (unsigned long long)(cpu_us() - cpu));
}

static void load_frames(const char *path) {
  static uint8_t *bytes;
  free(bytes);
  size_t n;
  bytes = read_file(path, &n);
  const uint8_t *at = bytes;
  frame_count = take_u32(&at);
  frames = realloc(frames, (frame_count + 1) * sizeof *frames);
  heard = realloc(heard, (frame_count + 1) * sizeof *heard);
  for (Client *c = clients; c < clients + client_count; c++) c->head = c->tail = -1;
  for (uint32_t i = 0; i < frame_count; i++) {
    Client *c = &clients[take_u32(&at)];
    Frame *f = &frames[i];
    f->due_us = take_u32(&at);
    f->length = take_u32(&at);
    f->bytes = at;
    f->next = -1;
    at += f->length;
    if (c->tail < 0) c->head = (int32_t)i; else frames[c->tail].next = (int32_t)i;
    c->tail = (int32_t)i;
  }
}

/* In the file's order of due times; whose turn it is, is found again from the file. */
static Client **turns_of(void) {
  Client **turns = malloc((frame_count + 1) * sizeof *turns);
  for (Client *c = clients; c < clients + client_count; c++)
    for (int32_t i = c->head; i >= 0; i = frames[i].next) turns[i] = c;
  return turns;
}

static void report(const char *path, uint64_t start, uint64_t cpu) {
  char out[4096];
  snprintf(out, sizeof out, "%s.out", path);
  FILE *file = fopen(out, "wb");
  if (!file || fwrite(heard, sizeof *heard, heard_count, file) != heard_count) die(out);
  fclose(file);
  printf("{\"sent\": %u, \"heard\": %u, \"took_us\": %llu, \"ticks\": %llu, \"tick_bytes\": %llu, "
         "\"lost\": %u, \"close_code\": %d, \"cpu_us\": %llu}\n",
         sent, heard_count, (unsigned long long)(last_heard_ns > start ? (last_heard_ns - start) / 1000 : 0),
         (unsigned long long)ticks, (unsigned long long)tick_bytes, lost, close_code,
         (unsigned long long)(cpu_us() - cpu));
}

static void play(const char *path, const char *mode, uint32_t window_ms, uint32_t drain_ms) {
  load_frames(path);
  Client **turns = turns_of();
  uint32_t next = 0;
  closed_loop = !strcmp(mode, "closed");
  sent = heard_count = lost = 0;
  ticks = tick_bytes = last_heard_ns = 0;
  uint64_t cpu = cpu_us(), start = now_ns(), now = start;
  window_end_ns = start + (uint64_t)window_ms * 1000000ull;
  uint64_t end = window_end_ns + (uint64_t)drain_ms * 1000000ull;
  if (closed_loop)
    for (Client *c = clients; c < clients + client_count; c++) {
      send_next(c);
      if ((c - clients) % 64 == 63) step(0); /* answers are taken from the first one on */
    }
  while ((now = now_ns()) < end) {
    uint64_t wake = end;
    if (!closed_loop && now < window_end_ns) {
      while (next < frame_count && start + frames[next].due_us * 1000ull <= now) send_next(turns[next++]);
      if (next < frame_count) wake = start + frames[next].due_us * 1000ull;
    }
    int more = closed_loop ? waiting > 0 : waiting > 0 || (next < frame_count && now < window_end_ns);
    if (!more) break;
    if (closed_loop && now < window_end_ns) wake = window_end_ns;
    step(wake < end ? wake : end);
  }
  /* What is still on its way belongs to nobody's next round. */
  for (Client *c = clients; c < clients + client_count; c++) c->waiting = c->oldest = 0;
  waiting = 0;
  closed_loop = 0;
  free(turns);
  report(path, start, cpu);
}

static void listen_for(uint32_t ms) {
  uint64_t start = now_ns(), cpu = cpu_us(), end = start + (uint64_t)ms * 1000000ull;
  ticks = tick_bytes = 0;
  lost = 0;
  while (now_ns() < end) step(end);
  printf("{\"ticks\": %llu, \"tick_bytes\": %llu, \"took_us\": %llu, \"lost\": %u, \"ready\": %u, \"cpu_us\": %llu}\n",
         (unsigned long long)ticks, (unsigned long long)tick_bytes,
         (unsigned long long)((now_ns() - start) / 1000), lost, ready, (unsigned long long)(cpu_us() - cpu));
}

static void drop_all(void) {
  struct linger now = {1, 0};
  uint32_t count = ready;
  for (Client *c = clients; c < clients + client_count; c++) {
    if (c->state == ABSENT) continue;
    setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    leave(c);
  }
  printf("{\"dropped\": %u}\n", count);
}

static void set_markers(char **word) {
  for (int i = 0; i < MARKERS; i++) {
    marker_n[i] = word[i][0] == '-' ? 0 : strlen(word[i]) / 2;
    if (marker_n[i] > 64) { errno = EINVAL; die("marker"); }
    for (size_t k = 0; k < marker_n[i]; k++) sscanf(word[i] + 2 * k, "%2hhx", &marker[i][k]);
  }
  printf("{}\n");
}

static void obey(char *line) {
  char *word[6] = {0}, *rest = line;
  for (int i = 0; i < 6; i++) word[i] = strsep(&rest, " ") ?: "0";
  if (!strcmp(word[0], "clients")) load_clients(word[1]);
  else if (!strcmp(word[0], "markers")) set_markers(word + 1);
  else if (!strcmp(word[0], "connect"))
    connect_all((uint32_t)atoi(word[1]), (uint32_t)atoi(word[2]), (uint32_t)atoi(word[3]), (uint32_t)atoi(word[4]));
  else if (!strcmp(word[0], "play")) play(word[1], word[2], (uint32_t)atoi(word[3]), (uint32_t)atoi(word[4]));
  else if (!strcmp(word[0], "listen")) listen_for((uint32_t)atoi(word[1]));
  else if (!strcmp(word[0], "drop")) drop_all();
  else { errno = EINVAL; die(word[0]); }
  fflush(stdout);
}

int main(int count, char **argument) {
  if (count != 3) { fprintf(stderr, "player HOST PORT\n"); return 2; }
  server.sin_family = AF_INET;
  server.sin_port = htons((uint16_t)atoi(argument[2]));
  if (inet_pton(AF_INET, argument[1], &server.sin_addr) != 1) die(argument[1]);
  if ((ntohl(server.sin_addr.s_addr) >> 24) != 127) { fprintf(stderr, "player: loopback only\n"); return 2; }
  struct rlimit files;
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
  epoll_fd = epoll_create1(0);
  char line[8192];
  setvbuf(stdin, NULL, _IONBF, 0);
  for (;;) {
    watch_stdin(1);
    while (!step(now_ns() + 1000000000ull)) {}
    watch_stdin(0);
    if (!fgets(line, sizeof line, stdin)) return 0;
    line[strcspn(line, "\n")] = 0;
    obey(line);
  }
}
