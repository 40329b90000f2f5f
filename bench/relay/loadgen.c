/*
 * Graphite lines over TCP at full speed: the payload is laid out before the clock starts, so that the generator costs next
 * to nothing beside what it feeds.
 *
 *   loadgen HOST-PORT CONNECTIONS LINES METRICS TIMESTAMP
 *
 * Lines have about 66 bytes, 50 metrics a host, as in `servers.dc3.node-00123-prod-eu.disk.sda-read-ops-07 417.25 1700000000`.
 * Every METRICS lines the timestamp is one second later. Prints {"lines":..,"bytes":..,"seconds":..} when all is written.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { WRITE_BYTES = 256 * 1024, LINE_MAX_BYTES = 128 };

static const char *const GROUPS[] = {"cpu.total-user-time", "disk.sda-read-ops", "net.eth0-rx-bytes",
                                     "mem.slab-unreclaim", "load.shortterm-avg"};

struct share {
  int port;
  char *bytes;
  size_t length;
};

static void fail(const char *what) {
  perror(what);
  exit(1);
}

static double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

static int line_at(char *into, long i, long metrics, long timestamp) {
  long metric = i % metrics;
  long host = metric / 50;
  long round = i / metrics;
  return sprintf(into, "servers.dc%ld.node-%05ld-prod-eu.%s-%02ld %ld.%s %ld\n", host % 5, host,
                 GROUPS[metric % 5], metric % 50, (metric * 7 + round * 13) % 1000,
                 round % 2 ? "75" : "25", timestamp + round);
}

static int connected(int port) {
  struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(port)};
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) < 0) fail("connect");
  return fd;
}

static void *send_share(void *given) {
  struct share *share = given;
  int fd = connected(share->port);
  for (size_t at = 0; at < share->length;) {
    size_t left = share->length - at;
    ssize_t n = write(fd, share->bytes + at, left < WRITE_BYTES ? left : WRITE_BYTES);
    if (n < 0 && errno != EINTR) fail("write");
    if (n > 0) at += n;
  }
  close(fd);
  return NULL;
}

int main(int argc, char **argv) {
  if (argc != 6) {
    fprintf(stderr, "loadgen PORT CONNECTIONS LINES METRICS TIMESTAMP\n");
    return 2;
  }
  int port = atoi(argv[1]), connections = atoi(argv[2]);
  long lines = atol(argv[3]), metrics = atol(argv[4]), timestamp = atol(argv[5]);
  struct share *shares = calloc(connections, sizeof *shares);
  pthread_t *threads = calloc(connections, sizeof *threads);
  size_t bytes = 0;
  for (int c = 0; c < connections; c++) {
    shares[c].port = port;
    shares[c].bytes = malloc((size_t)(lines / connections + 1) * LINE_MAX_BYTES);
    if (shares[c].bytes == NULL) fail("malloc");
    for (long i = c; i < lines; i += connections)
      shares[c].length += line_at(shares[c].bytes + shares[c].length, i, metrics, timestamp);
    bytes += shares[c].length;
  }
  double started = seconds_now();
  for (int c = 0; c < connections; c++) pthread_create(&threads[c], NULL, send_share, &shares[c]);
  for (int c = 0; c < connections; c++) pthread_join(threads[c], NULL);
  printf("{\"lines\":%ld,\"bytes\":%zu,\"seconds\":%.6f}\n", lines, bytes, seconds_now() - started);
  return 0;
}
