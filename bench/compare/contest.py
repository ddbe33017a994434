"""Programs that do the same work, asked in turns, so that whatever else the machine does meets all of them."""
import os, statistics, subprocess, sys, time

BENCH = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROOT = os.path.dirname(BENCH)
ITRA = ["dotnet", os.path.join(ROOT, "artifacts", "bin", "Itra.Bench", "release_linux-x64", "Itra.Bench.dll")]
PACKAGES = ["python3-torch", "libopenblas0-pthread", "python3-torchvision", "python3-pil", "python3-regex"]


def install():
    def is_missing(package):
        return "install ok installed" not in subprocess.run(["dpkg-query", "-W", "-f", "${Status}", package], capture_output=True, text=True).stdout
    missing = [p for p in PACKAGES if is_missing(p)]
    if not missing:
        return
    if os.geteuid() != 0:
        sys.exit(f"{', '.join(missing)} must be installed: run this as root, or apt-get install {' '.join(missing)}")
    print(f"installing {', '.join(missing)}", file=sys.stderr)
    for command in ["update"], ["install", "-y", "--no-install-recommends", *missing]:
        subprocess.run(["apt-get", "-qq", *command], check=True, stdout=subprocess.DEVNULL)


def build():
    subprocess.run(["dotnet", "build", os.path.join(BENCH, "Itra.Bench"), "-c", "Release", "-v", "quiet", "--nologo"], check=True, stdout=subprocess.DEVNULL)


def itra(*arguments):
    return [*ITRA, *map(str, arguments)]


def torch(program, *arguments):
    return ["/usr/bin/python3", os.path.join(BENCH, "pytorch", program), *map(str, arguments)]


class Contestant:
    """A running program that does its work once for every line it is given."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def turn(self, line="go"):
        """Seconds of wall, of CPU, and what the program says."""
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            sys.exit(f"{' '.join(self.process.args)} ended with {self.process.wait()}")
        wall, cpu, said = (answer.rstrip("\n") + "  ").split(" ", 2)
        return float(wall), float(cpu), said.strip()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()


def until_done(command):
    """Seconds from the start of a program to its line "done"."""
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    if process.stdout.readline() != "done\n":
        sys.exit(f"{' '.join(command)} ended with {process.wait()}")
    taken = time.perf_counter() - started
    process.stdout.read()
    process.wait()
    return taken


def progress(text):
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def median(values):
    return statistics.median(values)
