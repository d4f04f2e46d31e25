"""The trail of acts (操作留痕). A fact and its event are written in one transaction, by the act
itself.

Verbs are listed here with their Chinese labels, so that one nobody can read cannot be written.
``data`` never holds personal data. Nothing decides anything by reading the trail.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextvars import ContextVar
from datetime import datetime
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import connection, models
from django.db.models import F, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Substr

from registry import bulk
from registry.access import Duty, business_date, ensure_may_change, may_change
from registry.models import AuditEvent, Delegation, User

#: The number of the web request being served, copied into the trail so that a complaint finds it.
current_request_id: ContextVar[str] = ContextVar("current_request_id", default="")

SYSTEM = "系统"


class Verb(models.TextChoices):
    """Everything that can happen, as ``noun.verb``."""

    ACCOUNT_OPEN = "account.open", "开通账号"
    ACCOUNT_CHANGE = "account.change", "变更账号"
    ACCOUNT_REACH = "account.reach", "修改本人联系方式或消息设置"
    DELIVERY_RETRY = "delivery.retry", "重新发送消息"
    SESSION_END = "session.end", "结束登录"
    FACTOR_ADD = "factor.add", "添加第二重验证"
    FACTOR_REMOVE = "factor.remove", "移除第二重验证"
    FACTOR_CODES = "factor.codes", "更换恢复码"
    FACTOR_RESET = "factor.reset", "重置第二重验证"
    IDENTITY_LINK = "identity.link", "关联统一身份认证"
    IDENTITY_UNLINK = "identity.unlink", "解除关联统一身份认证"
    TOKEN_ISSUE = "token.issue", "生成接口令牌"
    TOKEN_REVOKE = "token.revoke", "停用接口令牌"
    PUSH_ADD = "push.add", "添加变更推送"
    PUSH_PAUSE = "push.pause", "暂停变更推送"
    PUSH_RESUME = "push.resume", "恢复变更推送"
    PUSH_DELETE = "push.delete", "删除变更推送"
    PUSH_SEND = "push.send", "要求再次推送或测试推送"
    PUSH_STOP = "push.stop", "推送不成，停止变更推送"
    DELEGATION_GIVE = "delegation.give", "委托办理"
    DELEGATION_REVOKE = "delegation.revoke", "终止委托"
    DELEGATION_TAKE_UP = "delegation.take_up", "开始代为办理"
    DELEGATION_LAY_DOWN = "delegation.lay_down", "退出代为办理"
    VIEW_SAVE = "view.save", "保存列表视图"
    VIEW_DELETE = "view.delete", "删除列表视图"
    LIST_CHOOSE = "list.choose", "设置列表的列或默认视图"
    SIGNING_KEY_MAKE = "signing_key.make", "新建签名密钥"
    SIGNING_KEY_RETIRE = "signing_key.retire", "停用签名密钥"
    AUTHORITY_ADD = "authority.add", "登记主管部门"
    AUTHORITY_CHANGE = "authority.change", "变更主管部门"
    ENTERPRISE_REGISTER = "enterprise.register", "登记企业"
    ENTERPRISE_UPDATE = "enterprise.update", "更新企业信息"
    ENTERPRISE_RENAME = "enterprise.rename", "企业更名"
    ENTERPRISE_SUCCEED = "enterprise.succeed", "企业合并分立"
    ENTERPRISE_WITHDRAW = "enterprise.withdraw", "撤销登记企业"
    ENTERPRISE_VETO = "enterprise.veto", "登记一票否决事项"
    CLAIM_MAKE = "claim.make", "申请成为企业经办人"
    CLAIM_CONFIRM = "claim.confirm", "确认企业经办人"
    CLAIM_REFUSE = "claim.refuse", "不予确认企业经办人"
    INVITATION_MAKE = "invitation.make", "邀请同事加入"
    INVITATION_RENEW = "invitation.renew", "重新发出邀请"
    INVITATION_REVOKE = "invitation.revoke", "撤回邀请"
    INVITATION_ACCEPT = "invitation.accept", "受邀加入企业"
    PERSON_SEAT = "person.seat", "变更席位"
    PERSON_HAND_OVER = "person.hand_over", "交接工作"
    PERSON_REMOVE = "person.remove", "移出企业"
    PERSON_PASS = "person.pass", "随企业合并转入"
    PERSON_LEAVE = "person.leave", "离开企业"
    RECOVERY_FILE = "recovery.file", "申请找回账号"
    RECOVERY_APPROVE = "recovery.approve", "核实找回账号申请"
    RECOVERY_REFUSE = "recovery.refuse", "不予找回账号"
    RECOVERY_STOP = "recovery.stop", "终止找回账号"
    RECOVERY_USE = "recovery.use", "找回账号并设置新密码"
    PERSON_TAKE_OVER = "person.take_over", "接任管理员"
    FACTORY_ADD = "factory.add", "登记工厂"
    FACTORY_UPDATE = "factory.update", "更新工厂信息"
    FACTORY_RENAME = "factory.rename", "工厂更名"
    FACTORY_MOVE = "factory.move", "工厂搬迁"
    FACTORY_WITHDRAW = "factory.withdraw", "撤销登记工厂"
    FACTORY_PASS = "factory.pass", "工厂转入承继企业"
    HONOUR_RECORD = "honour.record", "登记既有称号"
    HONOUR_VERIFY = "honour.verify", "核实既有称号"
    HONOUR_WITHDRAW = "honour.withdraw", "取消既有称号"
    HONOUR_CORRECT = "honour.correct", "更正既有称号"
    HONOUR_ERASE = "honour.erase", "撤销登记称号"
    HONOUR_CHECK = "honour.check", "核查既有称号"
    SUPERVISION_DRAW = "supervision.draw", "抽取监督抽查名单"
    SUPERVISION_ASSIGN = "supervision.assign", "分派监督抽查"
    SUPERVISION_RECORD = "supervision.record", "保存监督抽查记录"
    SUPERVISION_SIGN = "supervision.sign", "签署监督抽查结果"
    SUPERVISION_FILE = "supervision.file", "上传监督抽查材料"
    SUPERVISION_FILE_REMOVE = "supervision.remove_file", "移除监督抽查材料"
    SUPERVISION_ANSWER = "supervision.answer", "提交整改情况"
    SUPERVISION_RECHECK = "supervision.recheck", "复查整改情况"
    ANNUAL_OPEN = "annual.open", "开展年度报告"
    ANNUAL_FOLLOW = "annual.follow", "年度报告转由迁入地受理"
    ANNUAL_SAVE = "annual.save", "保存年度报告"
    ANNUAL_SUBMIT = "annual.submit", "报送年度报告"
    ANNUAL_ACCEPT = "annual.accept", "受理年度报告"
    ANNUAL_SEND_BACK = "annual.send_back", "退回年度报告"
    ANNUAL_FILE = "annual.file", "上传年度报告材料"
    ANNUAL_FILE_REMOVE = "annual.remove_file", "移除年度报告材料"
    REREVIEW_OPEN = "rereview.open", "开展集中复核"
    REREVIEW_EXTEND = "rereview.extend", "延长集中复核自评时间"
    REREVIEW_REMIND = "rereview.remind", "催报集中复核自评"
    REREVIEW_FIND = "rereview.find", "填写集中复核意见"
    REREVIEW_CONFIRM = "rereview.confirm", "确认集中复核意见"
    REREVIEW_DETERMINE = "rereview.determine", "集中复核认定"
    REREVIEW_PUBLISH = "rereview.publish", "公布集中复核结果"
    ASSESSMENT_START = "assessment.start", "开始自评"
    ASSESSMENT_SAVE = "assessment.save", "保存自评"
    ASSESSMENT_LOCK = "assessment.lock", "锁定自评"
    ASSESSMENT_COPY = "assessment.copy", "沿用上次自评"
    EVIDENCE_ADD = "evidence.add", "上传佐证材料"
    EVIDENCE_REMOVE = "evidence.remove", "移除佐证材料"
    PLAN_CHANGE = "plan.change", "更新提升计划"
    ROUND_OPEN = "round.open", "开放申报批次"
    ROUND_CLOSE = "round.close", "设定批次截止日期"
    ROUND_EXTEND = "round.extend", "延长批次受理时间"
    ROUND_ALLOT = "round.allot", "分配推荐名额"
    RECOMMENDATION_RELEASE = "recommendation.release", "让出推荐名额"
    RECOMMENDATION_ORDER = "recommendation.order", "排定推荐次序"
    APPLICATION_START = "application.start", "新建申报"
    APPLICATION_CHOOSE = "application.choose_assessment", "选用自评"
    APPLICATION_SUBMIT = "application.submit", "提交申报"
    APPLICATION_VERIFY = "application.verify", "填写复核值"
    INSPECTION_DRAW = "inspection.draw", "抽取现场核查名单"
    INSPECTION_NAME = "inspection.name", "指定现场核查"
    INSPECTION_PLAN = "inspection.plan", "安排现场核查"
    INSPECTION_PHOTO = "inspection.photo", "上传现场核查照片"
    INSPECTION_PHOTO_REMOVE = "inspection.remove_photo", "移除现场核查照片"
    INSPECTION_SIGN = "inspection.sign", "签署现场核查结果"
    MEETING_PREPARE = "meeting.prepare", "准备会议审定意见"
    MEETING_CONFIRM = "meeting.confirm", "确认会议审定意见"
    MEETING_RELEASE = "meeting.release", "公布会议审定结果"
    APPLICATION_WITHDRAW = "application.withdraw", "撤回申报"
    APPLICATION_COMPLETE = "application.complete", "办结环节"
    APPLICATION_SEND_BACK = "application.send_back", "退回补正"
    APPLICATION_REJECT = "application.reject", "不予认定"
    APPLICATION_OVERDUE = "application.overdue", "超期报上级部门"
    APPLICATION_URGE = "application.urge", "催办"
    APPLICATION_REDATE = "application.redate", "重新计算办理限期"
    WORKDAYS_APPLY = "workdays.apply", "启用工作日安排"
    APPLICATION_ANSWER = "application.answer", "答复退回事项"
    EXPERT_ENTER = "expert.enter", "聘请评审专家"
    EXPERT_CHANGE = "expert.change", "修改专家信息"
    EXPERT_RETIRE = "expert.retire", "解聘评审专家"
    EXPERT_ERASE = "expert.erase", "撤销聘请专家"
    EXPERT_PASSWORD = "expert.password", "重置专家初始密码"
    PANEL_FREEZE = "panel.freeze", "冻结抽取名单"
    PANEL_DRAW = "panel.draw", "抽取评审专家"
    PANEL_REDRAW = "panel.redraw", "作废抽取并重新冻结名单"
    REVIEW_DECLARE = "review.declare", "声明回避情况"
    REVIEW_REPLACE = "review.replace", "按次序增补评审专家"
    REVIEW_SAVE = "review.save", "保存评分"
    REVIEW_GIVE = "review.give", "提交评分"
    REVIEW_CONCLUDE = "review.conclude", "填写评审意见"
    AVOIDANCE_REQUEST = "avoidance.request", "申请专家回避"
    AVOIDANCE_DECIDE = "avoidance.decide", "决定回避申请"
    RENEWAL_CONFIRM = "renewal.confirm", "逐项复核"
    RETURN_REASON_SAVE = "return_reason.save", "修改退回理由"
    RETURN_REASON_RETIRE = "return_reason.retire", "停用退回理由"
    RETURN_REASON_RESTORE = "return_reason.restore", "恢复退回理由"
    FORMAL_CHECK_ANSWER = "formal_check.answer", "填写形式审查"
    CONSULTATION_SEND = "consultation.send", "征求部门意见"
    CONSULTATION_ANSWER = "consultation.answer", "答复征求意见"
    CONSULTATION_ATTACH = "consultation.attach", "向部门提供佐证材料"
    CONSULTATION_REMIND = "consultation.remind", "催办部门答复"
    CONSULTATION_WAIVE = "consultation.waive", "逾期未答复视为无意见"
    CONSULTATION_LIFT = "consultation.lift", "解除否决事项"
    UPWARD_PLACES = "upward.places", "登记国家名额"
    UPWARD_PREPARE = "upward.prepare", "准备上报名单或国家结果"
    UPWARD_CONFIRM = "upward.confirm", "确认上报名单或国家结果"
    CONTRIBUTION_RECORD = "contribution.record", "登记对外贡献"
    CONTRIBUTION_ANSWER = "contribution.answer", "确认对外贡献"
    CONTRIBUTION_CONSENT = "contribution.consent", "变更对外贡献公开意愿"
    CONTRIBUTION_WITHDRAW = "contribution.withdraw", "撤回对外贡献"
    LIBRARY_ENTER = "library.enter", "列入培育库"
    LIBRARY_CHANGE = "library.change", "修改培育目标"
    LIBRARY_STEP = "library.step", "登记培育工作"
    LIBRARY_HAND_OVER = "library.hand_over", "转交培育负责人"
    LIBRARY_DROP = "library.drop", "移出培育库"
    LIBRARY_REACH = "library.reach", "达到目标等级移出培育库"
    CULTIVATION_BEGIN = "cultivation.begin", "列入领航级培育对象"
    CULTIVATION_REVIEW = "cultivation.review", "登记推荐单位初审"
    CULTIVATION_END = "cultivation.end", "培育结束"
    NOTICE_PREPARE = "notice.prepare", "准备公示"
    NOTICE_PUBLISH = "notice.publish", "发布公示"
    NOTICE_WITHDRAW = "notice.withdraw", "撤回公示"
    NOTICE_CLOSE = "notice.close", "公示办结"
    DETERMINATION_PREPARE = "determination.prepare", "准备认定名单"
    DETERMINATION_CONFIRM = "determination.confirm", "确认认定名单"
    DETERMINATION_ISSUE = "determination.issue", "印发认定名单"
    OBJECTION_RECEIVE = "objection.receive", "收到异议"
    OBJECTION_UNSEAL = "objection.unseal", "查阅异议内容"
    OBJECTION_ASSIGN = "objection.assign", "分办异议"
    OBJECTION_HANDLE = "objection.handle", "办结异议"
    CERTIFICATION_ISSUE = "certification.issue", "认定"
    CERTIFICATION_CORRECT = "certification.correct", "更正认定信息"
    CERTIFICATION_PUBLISH = "certification.publish", "列入公开名录"
    CERTIFICATION_EXPIRE = "certification.expire", "到期"
    CERTIFICATION_SUPERSEDE = "certification.supersede", "换发"
    CERTIFICATION_REVOKE = "certification.revoke", "撤销"
    CERTIFICATION_MOVE_OUT = "certification.move_out", "迁出本省终止"
    CERTIFICATION_REINSTATE = "certification.reinstate", "恢复已撤销的认定"
    CERTIFICATION_SURRENDER = "certification.surrender", "主动放弃"
    CERTIFICATION_SUSPEND = "certification.suspend", "暂停"
    CERTIFICATION_RESTORE = "certification.restore", "恢复"
    CERTIFICATION_WITHDRAW = "certification.withdraw", "撤回未公开的认定"
    CERTIFICATE_ISSUE = "certificate.issue", "签发证书"
    CERTIFICATE_ORDER = "certificate.order", "交办批量签发证书"
    REVOCATION_PROPOSE = "revocation.propose", "提出撤销并告知企业"
    REVOCATION_STATE = "revocation.state", "陈述申辩"
    REVOCATION_WAIVE = "revocation.waive", "放弃陈述申辩和听证"
    REVOCATION_ARRANGE = "revocation.arrange", "通知听证"
    REVOCATION_HEAR = "revocation.hear", "登记听证"
    REVOCATION_DECIDE = "revocation.decide", "作出撤销决定"
    REVOCATION_APPEAL = "revocation.appeal", "申请复核"
    REVOCATION_ANSWER = "revocation.answer", "答复复核申请"
    SURRENDER_DECLARE = "surrender.declare", "声明放弃认定"
    SURRENDER_TAKE_BACK = "surrender.take_back", "撤回放弃声明"
    SURRENDER_CONFIRM = "surrender.confirm", "确认放弃认定"
    AFFILIATION_DECLARE = "affiliation.declare", "声明所属中央企业集团"
    AFFILIATION_ANSWER = "affiliation.answer", "确认所属企业"
    AFFILIATION_END = "affiliation.end", "解除所属集团"
    GROUP_LIST_PREPARE = "group_list.prepare", "准备集团认定名单"
    GROUP_LIST_CONFIRM = "group_list.confirm", "确认集团认定名单"
    GROUP_LIST_DROP = "group_list.drop", "取消集团认定名单"
    DELISTING_PREPARE = "delisting.prepare", "登记国家、集团文件终止认定"
    DELISTING_CONFIRM = "delisting.confirm", "确认国家、集团文件终止认定"
    DELISTING_DROP = "delisting.drop", "取消登记国家、集团文件终止认定"
    BAN_PUT = "ban.put", "禁止申报"
    BAN_LIFT = "ban.lift", "解除禁止申报"
    CHANGE_REPORT = "change.report", "申报企业变更"
    CHANGE_WITHDRAW = "change.withdraw", "撤回变更申报"
    CHANGE_CONFIRM = "change.confirm", "确认企业变更"
    CHANGE_REFUSE = "change.refuse", "不予确认企业变更"
    MOVE_CHECK = "move.check", "登记搬迁后复核"
    FILING_COLLECT = "filing.collect", "汇集备案清单"
    FILING_ADD = "filing.add", "补录已认定工厂"
    FILING_TAKE_BACK = "filing.take_back", "撤出导入的工厂"
    FILING_STRIKE = "filing.strike", "移出备案清单"
    FILING_KEEP = "filing.keep", "恢复到备案清单"
    FILING_CORRECT = "filing.correct", "更正清单条目"
    FILING_FILE = "filing.file", "报备"
    FILING_RECHECK = "filing.recheck", "登记备案抽检"
    FILING_ACKNOWLEDGE = "filing.acknowledge", "备案确认"
    FILING_SEND_BACK = "filing.send_back", "退回备案清单"
    LIST_EXPORT = "list.export", "导出清单"
    LAYOUT_SAVE = "layout.save", "保存导出模板"
    LAYOUT_DROP = "layout.drop", "删除导出模板"
    SUMMARY_OPEN = "summary.open", "开始年度总结"
    SUMMARY_WRITE = "summary.write", "填写年度总结"
    SUMMARY_ATTACH = "summary.attach", "上传年度总结附件"
    SUMMARY_DETACH = "summary.detach", "移除年度总结附件"
    SUMMARY_PREPARE = "summary.prepare", "准备年度总结"
    SUMMARY_SIGN = "summary.sign", "签报年度总结"
    SUMMARY_SEND_BACK = "summary.send_back", "退回年度总结"
    INTAKE_UPLOAD = "intake.upload", "上传导入文件"
    INTAKE_LAYOUT = "intake.layout", "对应导入文件的列"
    INTAKE_DROP = "intake.drop", "作废导入文件"
    INTAKE_ORDER = "intake.order", "确认导入"
    INTAKE_APPLY = "intake.apply", "完成导入"
    INTAKE_UNDO = "intake.undo", "撤销导入"


#: What everybody does with his own account, from whatever seat.
OWN_AFFAIRS = frozenset(
    {
        Verb.ACCOUNT_REACH,
        Verb.SESSION_END,
        Verb.TOKEN_ISSUE,
        Verb.TOKEN_REVOKE,
        Verb.PUSH_ADD,
        Verb.PUSH_PAUSE,
        Verb.PUSH_RESUME,
        Verb.PUSH_DELETE,
        Verb.PUSH_SEND,
        Verb.DELEGATION_REVOKE,
        Verb.DELEGATION_TAKE_UP,
        Verb.DELEGATION_LAY_DOWN,
        Verb.FACTOR_ADD,
        Verb.FACTOR_REMOVE,
        Verb.FACTOR_CODES,
        Verb.INVITATION_ACCEPT,
        Verb.PERSON_LEAVE,
        Verb.PERSON_HAND_OVER,
        Verb.LIST_EXPORT,
        Verb.VIEW_SAVE,
        Verb.VIEW_DELETE,
        Verb.LIST_CHOOSE,
        Verb.RECOVERY_STOP,
        Verb.RECOVERY_USE,
    }
)
BY_COMPLETING = ("inspection.", "meeting.", "determination.", "upward.", "cultivation.")
#: What a stand-in's duties let him do, with what follows from it; every other act is not his.
DUTIES_OF: dict[Verb, tuple[Duty, ...]] = {
    Verb.APPLICATION_COMPLETE: (Duty.COMPLETE,),
    Verb.APPLICATION_VERIFY: (Duty.COMPLETE,),
    Verb.APPLICATION_SEND_BACK: (Duty.SEND_BACK,),
    Verb.APPLICATION_REJECT: (Duty.REJECT,),
    Verb.CLAIM_CONFIRM: (Duty.PEOPLE,),
    Verb.CLAIM_REFUSE: (Duty.PEOPLE,),
    Verb.RECOVERY_APPROVE: (Duty.PEOPLE,),
    Verb.RECOVERY_REFUSE: (Duty.PEOPLE,),
    **dict.fromkeys(
        (verb for verb in Verb if verb.startswith(("filing.", "intake."))), (Duty.FILING,)
    ),
    **dict.fromkeys(
        (verb for verb in Verb if verb.startswith(BY_COMPLETING)),
        (Duty.COMPLETE,),
    ),
    Verb.ENTERPRISE_REGISTER: (Duty.FILING,),  # 补录 enters firm and factory where they are new
    Verb.FACTORY_ADD: (Duty.FILING,),
    # What an undone batch had entered.
    Verb.ENTERPRISE_WITHDRAW: (Duty.FILING,),
    Verb.FACTORY_WITHDRAW: (Duty.FILING,),
    Verb.CERTIFICATION_WITHDRAW: (Duty.FILING,),
    Verb.CERTIFICATION_ISSUE: (Duty.COMPLETE, Duty.FILING),
    Verb.CERTIFICATION_EXPIRE: (Duty.COMPLETE, Duty.FILING),
    Verb.CERTIFICATION_SUPERSEDE: (Duty.COMPLETE, Duty.FILING),
    Verb.CERTIFICATION_CORRECT: (Duty.FILING,),
    Verb.CERTIFICATION_PUBLISH: (Duty.FILING,),
}


def event(
    verb: Verb,
    target: models.Model,
    *,
    by: User | None,
    at: datetime,
    name: str = "",
    path: str = "",
    enterprise_id: int | None = None,
    **data: Any,
) -> AuditEvent:
    """An unsaved event; :func:`record` and :func:`record_many` save. ``by`` is None for the system
    itself. Refuses whoever may only look on, and with the event its fact, whatever door he took.
    """
    if by is not None and verb not in OWN_AFFAIRS:
        duties: tuple[str, ...] = DUTIES_OF.get(verb, ("",))
        if not any(may_change(by, duty) for duty in duties):
            ensure_may_change(by)
    standing_in = by.standing_in if by else None
    actor = f"{by.place_name} {by}".strip() if by else SYSTEM
    if by is not None and by.token is not None:
        actor, data = f"{actor}（应用：{by.token.name}）", {**data, "token": by.token.prefix}
    return AuditEvent(
        at=at,
        actor_id=by.pk if by else None,
        on_behalf_of_id=standing_in.giver_id if standing_in else None,
        delegation_id=standing_in.pk if standing_in else None,
        actor_name=actor[:120],
        verb=Verb(verb),
        target_type=target._meta.label_lower,
        target_id=str(target.pk),
        target_name=(name or str(target))[:200],
        authority_path=path,
        enterprise_id=enterprise_id,
        data=data,
        request_id=current_request_id.get(),
    )


def record(verb: Verb, target: models.Model, **kwargs: Any) -> AuditEvent:
    """Write one event. Refuses outside a transaction: an event without its fact must be
    impossible.
    """
    _in_transaction()
    line = event(verb, target, **kwargs)
    _still_given([line])
    line.save()
    return line


def record_many(events: Iterable[AuditEvent]) -> None:
    """Write the events of one set-based act with one insert."""
    _in_transaction()
    lines = list(events)
    _still_given(lines)
    bulk.write(lines)


def record_set(
    verb: Verb,
    targets: models.QuerySet[Any],
    *,
    at: datetime,
    name: str,
    path: str,
    enterprise: str,
    data: Combinable,
) -> int:
    """Write one event of the system itself for each target, worked out by the database; ``name``,
    ``path`` and ``enterprise`` are where the target has them.
    """
    _in_transaction()
    return bulk.write_from(
        AuditEvent,
        targets,
        at=Value(at, models.DateTimeField()),
        actor_name=Value(SYSTEM),
        verb=Value(Verb(verb).value),
        target_type=Value(targets.model._meta.label_lower),
        target_id=Cast("pk", models.CharField()),
        target_name=Substr(name, 1, 200),
        authority_path=F(path),
        enterprise_id=F(enterprise),
        data=data,
        request_id=Value(current_request_id.get()),
    )


def _still_given(lines: list[AuditEvent]) -> None:
    """Hold the delegation until the act is done: one revoked meanwhile, or not running on the day
    of the act, takes the act back.
    """
    if not any(line.delegation_id for line in lines):
        return
    acted = [line for line in lines if line.delegation_id and line.verb not in OWN_AFFAIRS]
    numbers = {line.delegation_id for line in acted}
    held = Delegation.objects.select_for_update(of=("self",)).filter(pk__in=numbers)
    running = {one.pk: one for one in held.order_by("pk")}
    for line in acted:
        one = running.get(line.delegation_id or 0)
        if one is None or not one.runs_on(business_date(line.at)):
            raise PermissionDenied("代为办理的委托已终止，这次操作没有执行")


def _in_transaction() -> None:
    if not connection.in_atomic_block:
        raise RuntimeError("an act and its audit row belong in one transaction")


def history(target: models.Model) -> models.QuerySet[AuditEvent]:
    """The trail of one thing, newest first."""
    return AuditEvent.objects.filter(
        target_type=target._meta.label_lower, target_id=str(target.pk)
    ).order_by("-at", "-pk")
