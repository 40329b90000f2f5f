/*
 * Listens on ports of the loopback interface, reads whatever comes and counts the lines of each port.
 *
 *   sink PORT...
 *
 * Prints "ready" when it listens; then, for every line on its standard input, one line
 * {"lines":[..],"bytes":[..],"seconds":..}: of each port, and for how long something had been coming when the last of it came.
 * Ends with its standard input.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PORTS_MAX = 16, SOCKETS_MAX = 1024, READ_BYTES = 1024 * 1024 };

static struct pollfd polled[SOCKETS_MAX];
static int port_of[SOCKETS_MAX];
static long long lines[PORTS_MAX], bytes[PORTS_MAX];
static double first_at, last_at;
static char read_buffer[READ_BYTES];

static double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

static int listening(int port) {
  struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(port)};
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fd, 64) < 0) {
    perror("listen");
    exit(1);
  }
  return fd;
}

static void count(int port, const char *from, ssize_t length) {
  long long newlines = 0;
  for (ssize_t i = 0; i < length; i++) newlines += from[i] == '\n';
  lines[port] += newlines;
  bytes[port] += length;
  last_at = seconds_now();
  if (first_at == 0) first_at = last_at;
}

static void report(int ports) {
  printf("{\"lines\":[");
  for (int p = 0; p < ports; p++) printf("%s%lld", p ? "," : "", lines[p]);
  printf("],\"bytes\":[");
  for (int p = 0; p < ports; p++) printf("%s%lld", p ? "," : "", bytes[p]);
  printf("],\"seconds\":%.6f}\n", last_at - first_at);
  fflush(stdout);
}

int main(int argc, char **argv) {
  int ports = argc - 1, sockets = 1 + ports;
  if (ports < 1 || ports > PORTS_MAX) return 2;
  polled[0] = (struct pollfd){.fd = 0, .events = POLLIN};
  for (int p = 0; p < ports; p++) {
    polled[1 + p] = (struct pollfd){.fd = listening(atoi(argv[1 + p])), .events = POLLIN};
    port_of[1 + p] = p;
  }
  puts("ready");
  fflush(stdout);
  for (;;) {
    if (poll(polled, sockets, -1) < 0 && errno != EINTR) return 1;
    if (polled[0].revents) {
      ssize_t n = read(0, read_buffer, READ_BYTES);
      if (n <= 0) return 0;
      for (ssize_t i = 0; i < n; i++)
        if (read_buffer[i] == '\n') report(ports);
    }
    for (int i = 1; i < sockets; i++) {
      if (!polled[i].revents) continue;
      if (i <= ports) {
        int fd = accept(polled[i].fd, NULL, NULL);
        if (fd < 0 || sockets == SOCKETS_MAX) continue;
        polled[sockets] = (struct pollfd){.fd = fd, .events = POLLIN};
        port_of[sockets++] = port_of[i];
        continue;
      }
      ssize_t n = read(polled[i].fd, read_buffer, READ_BYTES);
      if (n > 0) count(port_of[i], read_buffer, n);
      if (n == 0 || (n < 0 && errno != EINTR)) {
        close(polled[i].fd);
        polled[i] = polled[--sockets];
        port_of[i] = port_of[sockets];
        polled[sockets].revents = 0;
        i--;
      }
    }
  }
}
