"""Runs the benchmark: `python -m bench.run`, or `make bench`.

A whole run replaces bench/RESULTS.md, results.json and results.svg; a quick or a partial one writes them to
bench/build/. With --merge a partial run takes the place of its part in bench/, and the page says so.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from app.database.embedded import find_mongod
from bench import lab, machine, plot, report
from bench.book import Book
from bench.lab import Lab
from bench.suites import connecting, crowd, full, history, idle, login, provider, search, slow, transport, workers

SUITES: dict[str, Callable[[Lab], None]] = {
    "transport": transport.run,
    "full": full.run,
    "connecting": connecting.run,
    "idle": idle.run,
    "crowd": crowd.run,
    "slow": slow.run,
    "workers": workers.run,
    "history": history.run,
    "login": login.run,
    "search": search.run,
    "provider": provider.run,
}


def main() -> None:
    options = _options()
    if options.report:
        book = Book.load(options.report)
        for load in options.forget:
            book.forget(load)
        _publish(book, options.report.resolve().parent)
        return
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that whatever was started is stopped
    lab.stay_on(options.client_core)
    effort = lab.QUICK if options.quick else lab.FULL
    names = [name for name in options.only if name not in options.without]
    is_whole = not options.quick and set(names) == set(SUITES)
    book = Book(_machine(options, effort))
    with lab.database() as (folder, uri):
        here = Lab(book, effort, folder, uri, str(options.server_core), _worker_cores(options))
        for name in names:
            print(f"==> {name}", flush=True)
            SUITES[name](here)
    if options.merge:
        book.take_over(Book.load(lab.ROOT / "bench" / "results.json"))
    _publish(book, lab.ROOT / "bench" if is_whole or options.merge else lab.BUILD)


def _options() -> argparse.Namespace:
    cores = sorted(os.sched_getaffinity(0))
    if len(cores) < 2:
        sys.exit("bench: this needs two cores, one for the server and one for the clients")
    parser = argparse.ArgumentParser(prog="bench", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="short runs, to see that everything works")
    parser.add_argument("--only", type=_names, default=list(SUITES), help=f"some of {','.join(SUITES)}")
    parser.add_argument("--without", type=_names, default=[], help="leave out some of these; search takes the longest")
    parser.add_argument("--merge", action="store_true", help="put the results among those of the last run in bench/")
    parser.add_argument("--server-core", type=int, default=cores[0])
    parser.add_argument("--client-core", type=int, default=cores[-1])
    parser.add_argument("--report", type=Path, metavar="RESULTS.JSON", help="write the page of an earlier run again")
    parser.add_argument("--forget", action="append", default=[], metavar="LOAD", help="with --report: leave it out")
    return parser.parse_args()


def _names(text: str) -> list[str]:
    names = text.split(",")
    if unknown := set(names) - SUITES.keys():
        raise argparse.ArgumentTypeError(f"no such benchmark: {', '.join(sorted(unknown))}")
    return names


def _worker_cores(options: argparse.Namespace) -> str:
    others = sorted(os.sched_getaffinity(0) | set(range(os.cpu_count() or 1)))
    free = [core for core in others if core not in {options.server_core, options.client_core}]
    return ",".join(map(str, [options.server_core, *free[:1]]))


def _machine(options: argparse.Namespace, effort: lab.Effort) -> dict[str, object]:
    return {
        **machine.describe(find_mongod()),
        "server_core": options.server_core,
        "client_core": options.client_core,
        "repetitions": effort.repetitions,
        "seconds": effort.seconds,
    }


def _publish(book: Book, folder: Path) -> None:
    book.save(folder / "results.json")
    plot.draw(book, folder / "results.svg")
    page = report.write(book)
    (folder / "RESULTS.md").write_text(page, "utf-8")
    print(f"\nWritten to {(folder / 'RESULTS.md').relative_to(lab.ROOT)}")


if __name__ == "__main__":
    main()
