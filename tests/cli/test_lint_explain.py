"""`chidao lint --explain RULE`: the page of a rule, in Vietnamese or English."""

from __future__ import annotations

from click.testing import CliRunner, Result

from engine.cli import main


def lint(*words: str) -> Result:
    return CliRunner().invoke(main, ["lint", *words])


def test_a_rule_is_explained_to_a_designer() -> None:
    result = lint("--explain", "default_condition")
    assert result.exit_code == 0
    assert result.output.startswith("default_condition: điều kiện trên luồng mặc định (cảnh báo, vẫn chạy)\n")
    assert lint("--explain", "default_condition", "--english").output.startswith("default_condition: a condition on a default flow")


def test_an_unknown_rule_is_refused_with_the_nearest() -> None:
    result = lint("--explain", "defaultcondition")
    assert result.exit_code == 1
    assert "default_condition" in result.output


def test_nothing_to_check_is_a_wrong_usage() -> None:
    assert lint().exit_code == 2
