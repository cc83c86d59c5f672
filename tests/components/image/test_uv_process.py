"""Tests of `modelport.image.uv_process`."""

import subprocess
import sys

THREADS = """
import sys, threading, uv
from modelport.image.uv_process import _uv_binary

sys.setswitchinterval(1e-6)
start = threading.Barrier(8)
found = set()

def find():
    start.wait()
    found.add(_uv_binary())

threads = [threading.Thread(target=find) for _ in range(8)]
for each in threads: each.start()
for each in threads: each.join()
print(len(found))
"""


def test_uv_is_found_by_many_threads_at_once() -> None:
    """
    Images are built side by side; none of the builders trips over another that looks for uv for the first time.
    """
    done = subprocess.run([sys.executable, "-c", THREADS], capture_output=True, text=True, check=True)

    assert ("1\n", "") == (done.stdout, done.stderr)
