"""Effects on the command line: what waits and why, and how it is sent again or dropped. No secret is ever told."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from engine.cli import main
from engine.effects.delivering import Outcome
from engine.effects.outbox import Status
from engine.execution.effects import installed_transports, send_due
from engine.storage import Database
from tests.effects.post import PostOffice, failing
from tests.effects.servers import Hook, MailBox, mail_server, password_is, web_server
from tests.effects.test_webhooks import SECRET, TEXT, is_signed
from tests.instances.bureau import ADMIN

WHY = ("--reason", "máy chủ đã chạy lại")


class Shell:
    """The command line on the database of an office with a mail that is dead, one that waits, and a call that nobody has configured."""

    def __init__(self, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        for name in ("CHIDAO_SMTP_URL", "CHIDAO_WEBHOOKS"):
            monkeypatch.delenv(name, raising=False)
        self.url = url
        self.office = PostOffice.opened(Database(url), monkeypatch)
        self.office.mail.answer = lambda sent, _now: failing(Outcome.REFUSED if sent.key == "dead" else Outcome.LATER, "550 no such user")
        self.office.note("dead", "waits")
        self.office.call("call", endpoint="elsewhere")
        self.office.send()

    def run(self, *arguments: str) -> Result:
        result = CliRunner().invoke(main, [*arguments, "--database", self.url])
        assert "Traceback" not in result.output
        return result

    def told(self, *arguments: str) -> Any:
        result = self.run(*arguments, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)


@pytest.fixture
def shell(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> Shell:
    return Shell(sqlite_url, monkeypatch)


def test_what_is_not_settled_is_listed_with_what_is_not_configured(shell: Shell) -> None:
    found = shell.told("effects")
    assert {(entry["key"], entry["status"], entry["attempts"]) for entry in found["effects"]} == {("dead", "dead", 1), ("waits", "open", 1), ("call", "open", 0)}
    assert found["counts"] == {"dead": 1, "open": 2}
    assert found["not_configured"] == {"email": 1, "webhook:elsewhere": 1}
    lines = shell.run("effects").output.splitlines()
    assert "dead email (1 lần) không gửi được" in lines
    assert "webhook:elsewhere: 1 đang chờ, chưa cấu hình (chidao configuration)" in lines
    assert [entry["key"] for entry in shell.told("effects", "--status", "dead")["effects"]] == ["dead"]
    assert shell.told("effects", "--status", "sent")["effects"] == []


def test_what_is_dead_is_sent_again_in_the_name_of_the_administrator(shell: Shell) -> None:
    assert shell.told("effect", "resend", "dead", "--as", ADMIN, *WHY) == {"effects": [{"effect": "dead", "status": "open"}], "refused": []}
    assert shell.office.record("effect.resent")["actor"]["id"] == shell.office.actor(ADMIN).id
    (entry,) = (entry for entry in shell.told("effects")["effects"] if entry["key"] == "dead")
    assert (entry["status"], entry["attempts"], entry["error"]) == ("open", 0, None)
    assert shell.told("incidents")["incidents"] == []


def test_several_are_dropped_and_those_that_cannot_be_are_named(shell: Shell) -> None:
    result = shell.run("effect", "drop", "dead", "nothing", "waits", *WHY)
    assert (result.exit_code, result.stdout.splitlines()) == (1, ["dead đã bỏ", "waits đã bỏ"])
    assert "'nothing'" in result.stderr
    assert [shell.office.status(key) for key in ("dead", "waits", "call")] == [Status.DROPPED, Status.DROPPED, Status.OPEN]


def test_a_reason_and_a_right_are_needed(shell: Shell) -> None:
    assert "Expected a reason" in shell.run("effect", "resend", "dead").stderr
    denied = shell.run("effect", "resend", "dead", "--as", "van.thu", *WHY)
    assert (denied.exit_code, shell.office.status("dead")) == (1, Status.DEAD)
    assert shell.run("effects", "--as", "van.thu").exit_code == 1


def test_the_settings_of_effects_are_changed_with_a_reason(shell: Shell) -> None:
    assert 'email_after_lost_lease "again"' in shell.run("setting", "email_after_lost_lease", "again", *WHY).output
    refused = shell.run("setting", "email_after_lost_lease", "maybe", *WHY)
    assert (refused.exit_code, refused.stderr) == (1, "Expected unsure or again for 'email_after_lost_lease', but found 'maybe'. Say it as 'unsure' is said.\n")
    assert "effect_attempts 3" in shell.run("setting", "effect_attempts", "3", *WHY).output


def test_both_kinds_go_out_by_the_environment_s_settings_and_no_secret_is_told(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture, certified: Any
) -> None:
    caplog.set_level(logging.DEBUG)
    box, hook = MailBox(), Hook(status=503)
    options = {"tls_context": certified.server, "auth_required": True, "authenticator": password_is("geheim-geheim")}
    with mail_server(box, **options) as smtp, web_server(hook) as http:
        (tmp_path / "hooks.toml").write_text(
            f'[[endpoint]]\nname = "elsewhere"\nurl = "http://localhost:{http}/geheim"\nallow_http = true\nsecret = "{TEXT}"\n', encoding="utf-8"
        )
        for name, text in {
            "CHIDAO_SMTP_URL": f"smtp://van.thu@localhost:{smtp}",
            "CHIDAO_SMTP_PASSWORD": "geheim-geheim",
            "CHIDAO_MAIL_FROM": "Văn thư <van.thu@muongsuong.vn>",
            "CHIDAO_WEBHOOKS": str(tmp_path / "hooks.toml"),
            "SSL_CERT_FILE": certified.file,  # how an installation trusts a certificate of its own
        }.items():
            monkeypatch.setenv(name, text)
        assert shell.told("effects")["not_configured"] == {}
        shell.office.later(minutes=1)
        assert send_due(shell.office.door, installed_transports()) == 2
        hook.status = 204
        shell.office.later(minutes=1)
        assert send_due(shell.office.door, installed_transports()) == 1
    assert [shell.office.status(key) for key in ("waits", "call")] == [Status.SENT, Status.SENT]
    assert [mail["Message-ID"] for mail in box.mails] == ["<waits@muongsuong.vn>"]
    assert [given["webhook-id"] for _, given, _ in hook.came] == ["call", "call"]
    assert all(is_signed(TEXT, given, content) for _, given, content in hook.came)
    every = [shell.run("effects", "--status", "sent", "--json").output, shell.run("effects", "--status", "sent").output, shell.office.everything(), database_text(shell.url)]
    for told in [*every, caplog.text]:
        for hidden in ("geheim", TEXT, TEXT.removeprefix("whsec_"), repr(SECRET)):
            assert hidden not in told


def database_text(url: str) -> str:
    """The bytes of the whole database, as text."""
    folder = Path(url.removeprefix("sqlite:///")).parent
    return "".join(file.read_bytes().decode("latin-1") for file in folder.iterdir() if file.name.startswith("chidao.sqlite3"))
