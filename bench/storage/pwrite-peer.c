/*
 * The least that an update of a whisper file can cost: one pwrite of its points into the finest archive (10s:6h, the
 * first of three), on descriptors that are open already. No roll-ups, no look at the file.
 *
 * pwrite-peer PATHS METRICS POINTS_PER_WRITE WRITES BASE_S FROM_S
 *
 * PATHS holds a path a line; BASE_S is the time of the point in slot 0 of every file. Prints the updates, the seconds
 * and the microseconds of CPU that they took. A first write to each file, from FROM_S on, is not measured.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { STEP_S = 10, SLOTS = 2160, SLOT_BYTES = 12, FIRST_SLOT = 16 + 3 * 12, POINTS_MAX = 64 };

static double seconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

static double cpu_us(void) {
  struct rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e6 + usage.ru_utime.tv_usec +
         usage.ru_stime.tv_usec;
}

static void put_point(unsigned char *at, long timestamp, double value) {
  uint32_t interval = __builtin_bswap32((uint32_t)timestamp);
  uint64_t bits;
  memcpy(&bits, &value, sizeof bits);
  bits = __builtin_bswap64(bits);
  memcpy(at, &interval, sizeof interval);
  memcpy(at + sizeof interval, &bits, sizeof bits);
}

static void write_all(const int *fds, int metrics, int points, long base, long from) {
  unsigned char run[POINTS_MAX * SLOT_BYTES];
  /* SLOTS is a multiple of the points of a write, and so is the first slot: no run passes the end of the ring. */
  off_t at = FIRST_SLOT + (from - base) / STEP_S % SLOTS * SLOT_BYTES;
  size_t length = (size_t)points * SLOT_BYTES;
  for (int i = 0; i < metrics; i++) {
    for (int n = 0; n < points; n++) {
      long timestamp = from + (long)n * STEP_S;
      put_point(run + n * SLOT_BYTES, timestamp, i + timestamp % 3600 / 8.0);
    }
    if (pwrite(fds[i], run, length, at) != (ssize_t)length) {
      perror("pwrite");
      exit(1);
    }
  }
}

int main(int argc, char **argv) {
  if (argc != 7) return 2;
  int metrics = atoi(argv[2]), points = atoi(argv[3]), writes = atoi(argv[4]);
  long base = atol(argv[5]), from = atol(argv[6]), length = (long)points * STEP_S;
  int *fds = malloc(sizeof(int) * (size_t)metrics);
  FILE *paths = fopen(argv[1], "r");
  char path[4096];
  if (fds == NULL || paths == NULL || points > POINTS_MAX) return 2;
  for (int i = 0; i < metrics; i++) {
    if (fgets(path, sizeof path, paths) == NULL) return 2;
    path[strcspn(path, "\n")] = 0;
    if ((fds[i] = open(path, O_RDWR)) < 0) {
      perror(path);
      return 1;
    }
  }
  write_all(fds, metrics, points, base, from);
  double started = seconds_now(), cpu = cpu_us();
  for (int n = 1; n <= writes; n++) write_all(fds, metrics, points, base, from + n * length);
  printf("{\"updates\":%ld,\"seconds\":%.6f,\"cpuUs\":%.0f}\n", (long)metrics * writes,
         seconds_now() - started, cpu_us() - cpu);
  return 0;
}
