"""measured.py RESULT COMMAND...: runs the command, and writes to the file RESULT how long it took until it ended, what CPU
time (seconds) it took with all its descendants, also those that left it behind (ssh's masters, which are ended then), and
the memory (bytes) of the largest of them."""

import ctypes
import json
import os
import resource
import signal
import subprocess
import sys
import time

PR_SET_CHILD_SUBREAPER = 36

result, command = sys.argv[1], sys.argv[2:]
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
began = time.monotonic()
code = subprocess.call(command)
seconds = time.monotonic() - began
while True:
    with open(f"/proc/self/task/{os.getpid()}/children") as children:
        for child in children.read().split():
            os.kill(int(child), signal.SIGTERM)
    try:
        os.wait()
    except ChildProcessError:
        break
used = resource.getrusage(resource.RUSAGE_CHILDREN)
with open(result, "w") as file:
    json.dump({"seconds": seconds, "cpu": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss * 1024}, file)
sys.exit(code)
