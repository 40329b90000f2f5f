/*
 * The least that can be done for whisper files: the system calls alone, with nothing looked at.
 *
 * system-calls-peer update PATHS METRICS POINTS_PER_WRITE WRITES BASE_S FROM_S
 *     one pwrite of its points into the finest archive (10s:6h, the first of three) for each update, on descriptors that are
 *     open already; no roll-ups. BASE_S is the time of the point in slot 0 of every file. A first write to each file, from
 *     FROM_S on, is not measured.
 * system-calls-peer create PATHS METRICS OPEN_FILES
 *     makes files as a store has to that may be killed at any time: each under another name (open), header and one point
 *     (pwrite), size (ftruncate), its name (rename). Folders are made when their first file is. OPEN_FILES stay open,
 *     the others are closed at once. None of the folders exists.
 *
 * PATHS holds a path a line. Prints the updates or files, the seconds and the microseconds of CPU that they took.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { STEP_S = 10, SLOTS = 2160, SLOT_BYTES = 12, FIRST_SLOT = 16 + 3 * 12, POINTS_MAX = 64 };
enum { FILE_BYTES = 777652, FIRST_S = 1700000400 };

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

static void fail(const char *what) {
  perror(what);
  exit(1);
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
    if (pwrite(fds[i], run, length, at) != (ssize_t)length) fail("pwrite");
  }
}

static FILE *opened_paths(const char *path) {
  FILE *paths = fopen(path, "r");
  if (paths == NULL) fail(path);
  return paths;
}

static void next_path(FILE *paths, char *path, int room) {
  if (fgets(path, room, paths) == NULL) fail("a path is missing");
  path[strcspn(path, "\n")] = 0;
}

static void print_figures(long done, double started, double cpu) {
  printf("{\"updates\":%ld,\"seconds\":%.6f,\"cpuUs\":%.0f}\n", done, seconds_now() - started,
         cpu_us() - cpu);
}

static void make_folder(char *folder) {
  for (char *at = strchr(folder + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
    *at = 0;
    mkdir(folder, 0777);
    *at = '/';
  }
  if (mkdir(folder, 0777) != 0) fail(folder);
}

static int created(const char *path) {
  unsigned char head[FIRST_SLOT + SLOT_BYTES] = {[3] = 1, [15] = 3};
  char unfinished[4096 + 16];
  snprintf(unfinished, sizeof unfinished, "%s.creating", path);
  int fd = open(unfinished, O_RDWR | O_CREAT | O_TRUNC, 0666);
  if (fd < 0) fail(unfinished);
  put_point(head + FIRST_SLOT, FIRST_S, 1);
  if (pwrite(fd, head, sizeof head, 0) != sizeof head) fail("pwrite");
  if (ftruncate(fd, FILE_BYTES) != 0) fail("ftruncate");
  if (rename(unfinished, path) != 0) fail(path);
  return fd;
}

static int create(char **argv) {
  int metrics = atoi(argv[3]), open_files = atoi(argv[4]);
  char path[4096], folder[4096] = "";
  FILE *paths = opened_paths(argv[2]);
  double started = seconds_now(), cpu = cpu_us();
  for (int i = 0; i < metrics; i++) {
    next_path(paths, path, sizeof path);
    size_t length = (size_t)(strrchr(path, '/') - path);
    if (strncmp(folder, path, length) != 0 || folder[length] != 0) {
      memcpy(folder, path, length);
      folder[length] = 0;
      make_folder(folder);
    }
    int fd = created(path);
    if (i >= open_files) close(fd);
  }
  print_figures(metrics, started, cpu);
  return 0;
}

static int update(char **argv) {
  int metrics = atoi(argv[3]), points = atoi(argv[4]), writes = atoi(argv[5]);
  long base = atol(argv[6]), from = atol(argv[7]), length = (long)points * STEP_S;
  int *fds = malloc(sizeof(int) * (size_t)metrics);
  FILE *paths = opened_paths(argv[2]);
  char path[4096];
  if (fds == NULL || points > POINTS_MAX) return 2;
  for (int i = 0; i < metrics; i++) {
    next_path(paths, path, sizeof path);
    if ((fds[i] = open(path, O_RDWR)) < 0) fail(path);
  }
  write_all(fds, metrics, points, base, from);
  double started = seconds_now(), cpu = cpu_us();
  for (int n = 1; n <= writes; n++) write_all(fds, metrics, points, base, from + n * length);
  print_figures((long)metrics * writes, started, cpu);
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 5 && strcmp(argv[1], "create") == 0) return create(argv);
  if (argc == 8 && strcmp(argv[1], "update") == 0) return update(argv);
  return 2;
}
