"""The checker that is handed out: reads codes, keys and the list of states from files."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date, datetime
from pathlib import Path

from registry.signing.verifying import Missing, PublicKey, read_keys
from tiers.certificates.checking import (
    CHINA,
    Answer,
    Reason,
    StateList,
    check,
    code_in,
    read_list,
)

HELP = "离线查验智能工厂证书。密钥文件和状态清单可在平台的证书查验页下载，请定期更新。"
TIERS = {"basic": "基础级", "advanced": "先进级", "excellent": "卓越级", "leading": "领航级"}


def told(answer: Answer, listed: StateList | None) -> str:
    """The answer in lines."""
    lines = [f"结果：{answer.reason.value}", answer.sentence]
    if paper := answer.paper:
        last = paper.last_day.isoformat() if paper.last_day else "未设"
        lines += [
            f"证书编号：{paper.number}（第 {paper.issue} 次发证，{paper.issued_on}）",
            f"企业名称：{paper.enterprise}（{paper.credit_code}）",
            f"工厂名称：{paper.factory}",
            f"等级：{TIERS.get(paper.tier, paper.tier)}，{paper.valid_from} 至 {last}",
        ]
    if (state := answer.state) and state.since:
        lines.append(f"状态自 {state.since} 起")
    if (state := answer.state) and answer.reason == Reason.RENAMED:
        lines.append(f"现名：{state.enterprise}，{state.factory}")
    if answer.genuine:
        if listed is None:
            lines.append("注意：没有状态清单，暂停、撤销、更名等情况没有核对。")
        else:
            lines.append(f"状态清单截至 {listed.as_of:%Y-%m-%d %H:%M}，此后的变化没有核对。")
    return "\n".join(lines)


def read_files(keys: Path, states: Path | None) -> tuple[dict[str, PublicKey], StateList | None]:
    found = read_keys(json.loads(keys.read_text(encoding="utf-8")))
    if states is None:
        return found, None
    return found, read_list(json.loads(states.read_text(encoding="utf-8")), found)


def main(arguments: list[str]) -> int:
    """0 if all are in force, 1 if one is not, 2 if it could not be checked."""
    parser = argparse.ArgumentParser(description=HELP)
    parser.add_argument("code", nargs="+", help="查验码，或扫码得到的网址")
    parser.add_argument("--keys", type=Path, required=True, help="公布的密钥文件（keys.json）")
    parser.add_argument("--states", type=Path, help="证书状态清单（certificate-states.json）")
    parser.add_argument("--on", type=date.fromisoformat, help="按哪一天查验，默认今天")
    given = parser.parse_args(arguments)
    on = given.on or datetime.now(CHINA).date()
    try:
        keys, listed = read_files(given.keys, given.states)
        state_of = listed.state_of if listed else lambda paper: None
        answers = [check(code_in(one), keys, state_of, on) for one in given.code]
    except Missing as error:
        print(f"缺少 Python 软件包 {error}，请先安装：pip install {error}", file=sys.stderr)
        return 2
    except (OSError, ValueError) as error:
        print(f"密钥文件或状态清单读不出，或状态清单不是本平台签署：{error}", file=sys.stderr)
        return 2
    print("\n\n".join(told(answer, listed) for answer in answers))
    return 0 if all(answer.reason == Reason.IN_FORCE for answer in answers) else 1
