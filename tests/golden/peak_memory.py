"""How much memory a process has held at most, told by itself."""

# getrusage would count the process that started it too: it asks for the more of the two.
TELL_PEAK = """
import resource
from pathlib import Path

status, peak = Path("/proc/self/status"), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
if status.exists():
    peak = next(int(s.split()[1]) for s in status.read_text().splitlines() if s[:6] == "VmHWM:")
print(peak)
"""
