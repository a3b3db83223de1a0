"""The `chidao` command (DESIGN.md 7): 0 done, 1 refused or findings or tampered, 2 usage, 3 could not be checked.

Each command loads what it needs when it is asked for: checking a diagram need not wait for all the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

import click

COMMANDS: Mapping[str, str] = {
    "init": "engine.commands.init:init",
    "doctor": "engine.commands.doctor:doctor",
    "configuration": "engine.commands.doctor:configuration",
    "demo": "engine.commands.demo:demo",
    "serve": "web.serve:serve",
    "worker": "engine.commands.worker:worker",
    "read": "engine.commands.read:read",
    "lint": "engine.commands.check:lint",
    "operations": "engine.commands.check:operations",
    "try": "engine.scenario.cli:try_",
    "deploy": "engine.commands.versions:deploy",
    "export": "engine.commands.export:export",
    "diff": "engine.commands.versions:diff",
    "migrate": "engine.commands.versions:migrate",
    "withdraw": "engine.commands.withdrawing:withdraw",
    "resume": "engine.commands.withdrawing:resume",
    "proposals": "engine.commands.versions:proposals",
    "approve": "engine.commands.versions:approve",
    "refuse": "engine.commands.versions:refuse",
    "incidents": "engine.commands.incidents:incidents",
    "incident": "engine.commands.incidents:incident",
    "effects": "engine.commands.effects:effects",
    "effect": "engine.commands.effects:effect",
    "org": "engine.commands.administration:org",
    "register": "engine.commands.administration:register",
    "letter": "engine.commands.letter:letter",
    "setting": "engine.commands.administration:setting",
    "db": "engine.commands.administration:db",
    "user": "engine.commands.user:user",
    "backup": "engine.commands.backup:backup",
    "restore": "engine.commands.backup:restore",
    "keys": "engine.commands.keys:keys",
    "checkpoint": "engine.commands.checkpoint:checkpoint",
    "audit": "engine.commands.audit:audit",
    "retention": "engine.commands.retention:retention",
    "bench": "engine.bench.cli:bench",
}


class Commands(click.Group):
    """The commands by name, loaded when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        found: click.Command = getattr(import_module(module), name)
        return found


@click.group(cls=Commands)
@click.version_option(package_name="chidao")
def main() -> None:
    """chidao: directives that travel down an organisation, reports that travel back up."""
