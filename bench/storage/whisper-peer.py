"""Python's whisper, as carbon-cache uses it, on files by their paths.

whisper-peer.py create PATHS METRICS FROM_S
    makes files, each with one point
whisper-peer.py update PATHS METRICS POINTS_PER_WRITE WRITES FROM_S
    writes to each file WRITES times, after a first time from FROM_S on that is not measured

Prints how many files or updates, the seconds and the microseconds of CPU that they took.
"""

import json
import os
import resource
import sys
import time

import whisper

STEP_S = 10
ARCHIVES = [(10, 2160), (60, 10080), (600, 52560)]


def value_at(i, timestamp):
    return i + timestamp % 3600 / 8


def cpu_us():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return (usage.ru_utime + usage.ru_stime) * 1e6


def create(paths, from_s):
    for i, path in enumerate(paths):
        folder = os.path.dirname(path)
        if not os.path.exists(folder):
            os.makedirs(folder)
        whisper.create(path, ARCHIVES, 0.5, "average", sparse=True)
        whisper.update(path, value_at(i, from_s), from_s, now=from_s)


def update(paths, points, from_s):
    if points == 1:
        for i, path in enumerate(paths):
            whisper.update(path, value_at(i, from_s), from_s, now=from_s)
        return
    times = [from_s + n * STEP_S for n in range(points)]
    for i, path in enumerate(paths):
        whisper.update_many(path, [(t, value_at(i, t)) for t in times], now=times[-1])


def main(task, paths_file, metrics, *rest):
    metrics = int(metrics)
    rest = [int(text) for text in rest]
    with open(paths_file) as lines:
        paths = [line.rstrip("\n") for _, line in zip(range(metrics), lines)]
    writes = 1
    if task == "update":
        points, writes, from_s = rest
        update(paths, points, from_s)
    started, cpu = time.perf_counter(), cpu_us()
    if task == "create":
        create(paths, rest[0])
    else:
        for n in range(1, writes + 1):
            update(paths, points, from_s + n * points * STEP_S)
    result = {
        "updates": metrics * writes,
        "seconds": time.perf_counter() - started,
        "cpuUs": cpu_us() - cpu,
    }
    print(json.dumps(result))


main(*sys.argv[1:])
