"""A real nginx for tests: a child on ports of 127.0.0.1, with the configuration that docs/operations.md tells of."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from pathlib import Path
from textwrap import dedent

from tests.server import ROOT, TIED, free_port, wait_for

# Debian has it where only root looks.
PROGRAM = shutil.which("nginx", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"]))
PAGE = (ROOT / "docs" / "operations.md").read_text("utf-8")
TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def documented(beginning: str) -> str:
    """The one block of nginx's configuration in the page that begins so."""
    [block] = re.findall(rf"^ {{4}}{re.escape(beginning)} {{\n(?: {{8}}.*\n)+ {{4}}}}\n", PAGE, re.MULTILINE)
    return dedent(block)


class Nginx:
    """One nginx in front of some Standins, on two ports: to the least busy of them, and sticky by address."""

    def __init__(self, folder: Path, ports: list[int]) -> None:
        self.folder = folder
        self.least_port, self.sticky_port = free_port(), free_port()
        self.url, self.sticky_url = (f"http://127.0.0.1:{port}" for port in (self.least_port, self.sticky_port))
        self.process: subprocess.Popen[bytes] | None = None
        (folder / "nginx.conf").write_text(self._configuration(ports))

    def start(self) -> Nginx:
        assert PROGRAM, "nginx is not installed"
        with (self.folder / "nginx.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*TIED, PROGRAM, "-p", str(self.folder), "-c", "nginx.conf", "-e", "stderr"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        wait_for(self._listens, "nginx to listen")
        return self

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)

    def _configuration(self, ports: list[int]) -> str:
        upstream, location = documented("upstream standin"), documented("location /")
        servers = iter(ports)
        upstream = re.sub(r"app\d\.example\.com:3000", lambda _: f"127.0.0.1:{next(servers)}", upstream)
        location = re.sub(r"proxy_pass .*;", "proxy_pass http://standin;", location)
        assert next(servers, None) is None, "there are more ports than servers in the page"
        fronts = f"""
            {upstream}
            {upstream.replace("upstream standin", "upstream sticky").replace("least_conn", "ip_hash")}
            server {{ listen 127.0.0.1:{self.least_port}; {location} }}
            server {{ listen 127.0.0.1:{self.sticky_port}; {location.replace("http://standin", "http://sticky")} }}
        """
        own = " ".join(f"{name}_temp_path {name};" for name in TEMPORARY)
        return f"daemon off; master_process off; pid nginx.pid; events {{}} http {{ access_log off; {own} {fronts} }}\n"

    def _listens(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.folder / "nginx.log").read_text()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.sticky_port)) == 0
