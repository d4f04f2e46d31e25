"""Messages to people (站内信), the kinds of event they tell of, and their way out of the portal."""

from __future__ import annotations

from datetime import datetime

from django.db import models

from registry.access import ScopedQuerySet
from registry.gateways import Channel
from registry.models.people import User


class Topic(models.TextChoices):
    """What a person may choose to hear of by e-mail or SMS as well."""

    CASE = "case", "申报进展"
    DESK = "desk", "待办事项"
    ROUND = "round", "申报批次"
    FILING = "filing", "备案清单"
    CONSULT = "consult", "征求意见"
    TITLE = "title", "认定与到期"
    ANNUAL = "annual", "年度报告"
    FIRM = "firm", "企业变更"
    PEOPLE = "people", "人员与账号"


class Event(models.TextChoices):
    """Everything a message can tell of, as ``topic.event``; the label stands alone, as a result."""

    CASE_RECEIVED = "case.received", "申报已收到"
    CASE_RETURNED = "case.returned", "申报退回补正"
    CASE_REJECTED = "case.rejected", "申报不予认定"
    CASE_ON_NOTICE = "case.on_notice", "申报正在公示"
    CASE_REDATED = "case.redated", "办理限期已重新计算"
    CASE_VISIT = "case.visit", "现场核查安排"
    CASE_REPORTED = "case.reported", "申报已上报国家"
    CASE_LIBRARY = "case.library", "培育库"
    CASE_CULTIVATION = "case.cultivation", "领航级培育"
    DESK_CASE = "desk.case", "申报待办理"
    DESK_OVERDUE = "desk.overdue", "申报办理超期"
    DESK_URGED = "desk.urged", "申报被催办"
    DESK_REDATED = "desk.redated", "办理限期已重新计算"
    DESK_REVIEW = "desk.review", "专家评审任务"
    DESK_REVIEWED = "desk.reviewed", "专家评分已提交"
    DESK_AVOIDANCE = "desk.avoidance", "回避申请待决定"
    CASE_AVOIDANCE = "case.avoidance", "回避申请已决定"
    DESK_LIBRARY = "desk.library", "培育库待办"
    DESK_CONTRIBUTION = "desk.contribution", "对外贡献待确认"
    DESK_HONOUR = "desk.honour", "对应认定待办理"
    DESK_FILING = "desk.filing", "备案清单待确认"
    DESK_CLAIM = "desk.claim", "企业经办人待确认"
    DESK_RECOVERY = "desk.recovery", "找回账号待核实"
    DESK_CHANGE = "desk.change", "企业变更待确认"
    DESK_HALT = "desk.halt", "工厂停产"
    DESK_MOVE_CHECK = "desk.move_check", "搬迁后待复核"
    DESK_MOVE = "desk.move", "工厂迁址"
    CONSULT_ASKED = "consult.asked", "征求意见"
    CONSULT_FILES = "consult.files", "征求意见附了材料"
    CONSULT_REMINDED = "consult.reminded", "征求意见催办"
    CONSULT_ANSWERED = "consult.answered", "部门已答复"
    CONSULT_LIFTED = "consult.lifted", "否决事项已解除"
    DESK_REVOCATION = "desk.revocation", "撤销或放弃认定待办理"
    DESK_AFFILIATION = "desk.affiliation", "所属企业待确认"
    DESK_GROUP_LIST = "desk.group_list", "集团认定名单待确认"
    DESK_TITLE = "desk.title", "辖区内认定有变化"
    DESK_RECORD = "desk.record", "登记存证核验未通过"
    DESK_INTAKE = "desk.intake", "导入有结果"
    DESK_CERTIFICATES = "desk.certificates", "证书批量签发有结果"
    DESK_DELISTING = "desk.delisting", "国家、集团文件终止认定待确认"
    DESK_NOTICE = "desk.notice", "公示待发布"
    DESK_OBJECTION = "desk.objection", "公示异议待处理"
    DESK_DETERMINATION = "desk.determination", "认定名单待办理"
    ROUND_ANNOUNCED = "round.announced", "申报批次通知"
    ROUND_PLACES = "round.places", "推荐名额已分配"
    ROUND_DETERMINED = "round.determined", "批次认定结果"
    FILING_ACKNOWLEDGED = "filing.acknowledged", "备案清单已确认"
    FILING_RETURNED = "filing.returned", "备案清单退回补正"
    TITLE_ISSUED = "title.issued", "已认定"
    TITLE_DERIVED = "title.derived", "已对应认定"
    TITLE_REREVIEW = "title.rereview", "集中复核通知"
    TITLE_REREVIEWED = "title.rereviewed", "集中复核结果"
    TITLE_SUPERVISED = "title.supervised", "监督抽查结果"
    TITLE_MENDING = "title.mending", "监督抽查整改期限"
    DESK_SUPERVISION = "desk.supervision", "监督抽查待办理"
    TITLE_CORRECTED = "title.corrected", "认定信息已更正"
    TITLE_CERTIFIED = "title.certified", "证书已签发"
    TITLE_REVOKING = "title.revoking", "撤销认定的程序"
    TITLE_REVOKED = "title.revoked", "认定已终止"
    TITLE_SUSPENDED = "title.suspended", "认定已暂停"
    TITLE_RESTORED = "title.restored", "认定已恢复"
    TITLE_MOVE_CHECKED = "title.move_checked", "搬迁后已复核"
    TITLE_CONTRIBUTION = "title.contribution", "对外贡献已答复"
    TITLE_EXPIRING = "title.expiring", "认定即将到期"
    TITLE_EXPIRED = "title.expired", "认定已到期"
    ANNUAL_OPENED = "annual.opened", "年度报告待报送"
    ANNUAL_DUE = "annual.due", "年度报告报送期限"
    ANNUAL_RETURNED = "annual.returned", "年度报告退回修改"
    ANNUAL_ACCEPTED = "annual.accepted", "年度报告已受理"
    DESK_EXPORT = "desk.export", "清单导出"
    DESK_ANNUAL = "desk.annual", "年度报告待办理"
    ANNUAL_SUMMARY = "annual.summary", "年度总结"
    ANNUAL_SUMMARY_DUE = "annual.summary_due", "年度总结将到报送截止日期"
    ANNUAL_SUMMARY_OVERDUE = "annual.summary_overdue", "年度总结逾期"
    FIRM_CONFIRMED = "firm.confirmed", "变更已确认"
    FIRM_REFUSED = "firm.refused", "变更未确认"
    FIRM_AFFILIATION = "firm.affiliation", "所属集团已答复"
    FIRM_SUCCEEDED = "firm.succeeded", "企业合并分立"
    PEOPLE_CONFIRMED = "people.confirmed", "经办人已确认"
    PEOPLE_REFUSED = "people.refused", "经办人未通过确认"
    PEOPLE_DELEGATION = "people.delegation", "委托办理"
    PEOPLE_JOINED = "people.joined", "受邀人员已加入"
    PEOPLE_SEAT = "people.seat", "席位已变更"
    PEOPLE_LEFT = "people.left", "人员已离开企业"
    PEOPLE_FACTOR = "people.factor", "登录方式或第二重验证有变化"
    PEOPLE_RECOVERY = "people.recovery", "账号正在被找回"
    PEOPLE_TOKEN = "people.token", "接口令牌即将到期"
    PEOPLE_PUSH = "people.push", "变更推送已停止"
    PEOPLE_HANDED_OVER = "people.handed_over", "工作已交接"

    @property
    def topic(self) -> Topic:
        return Topic(self.value.partition(".")[0])


class NotificationQuerySet(ScopedQuerySet):
    def visible_to(self, user: User) -> NotificationQuerySet:
        """His own, but nothing of a firm that he has left, nor what was recalled before he read
        it.
        """
        if not user.is_authenticated:
            return self.none()
        own = self.filter(recipient=user).exclude(recalled_at__isnull=False, read_at=None)
        return own.filter(created_at__gte=user.left_at) if user.left_at else own

    def unread(self) -> NotificationQuerySet:
        return self.filter(read_at__isnull=True, recalled_at__isnull=True)


class Notification(models.Model):
    """A message to one person (站内信), written in the transaction of the fact it tells of."""

    recipient = models.ForeignKey(User, models.CASCADE, related_name="notifications")
    # Without choices, so that a further event needs no migration; inbox.Message lets no other in.
    event = models.CharField("事件", max_length=40)
    matter = models.CharField("事项", max_length=200)
    result = models.CharField("结果", max_length=300)
    next_step = models.CharField("下一步", max_length=200, blank=True)
    due_on = models.DateField("期限", null=True, blank=True)
    link = models.CharField("链接", max_length=200, blank=True)
    key = models.CharField("唯一键", max_length=120, unique=True, null=True)
    created_at = models.DateTimeField("时间")
    read_at = models.DateTimeField("阅读时间", null=True, blank=True)
    # What it tells of was undone: unread it is gone, read it says so.
    recalled_at = models.DateTimeField("撤回时间", null=True, blank=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "站内信"
        indexes = [models.Index(fields=("recipient", "read_at"), name="notification_unread")]

    def __str__(self) -> str:
        return f"{self.matter}：{self.result}"

    @property
    def event_label(self) -> str:
        return str(Event(self.event).label)

    @property
    def topic(self) -> Topic:
        return Event(self.event).topic


class Silence(models.Model):
    """A person's word that one topic should not reach him on one channel; the inbox has it all."""

    user = models.ForeignKey(User, models.CASCADE, related_name="silences")
    topic = models.CharField("类别", max_length=20, choices=Topic.choices)
    channel = models.CharField("通道", max_length=8, choices=Channel.choices)

    class Meta:
        verbose_name = verbose_name_plural = "不接收的通知"
        constraints = [
            models.UniqueConstraint(fields=("user", "topic", "channel"), name="silence_once")
        ]

    def __str__(self) -> str:
        return f"{self.get_topic_display()}：{self.get_channel_display()}"


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def unsent(self) -> DeliveryQuerySet:
        return self.filter(status__in=(Delivery.Status.WAITING, Delivery.Status.FAILED))

    def due(self, at: datetime) -> DeliveryQuerySet:
        return self.unsent().filter(next_try_at__lte=at)


class Delivery(models.Model):
    """A message on its way out by one channel. The address is the person's, read when it leaves."""

    class Status(models.TextChoices):
        WAITING = "waiting", "待发送"
        FAILED = "failed", "未发出，将重试"
        SENT = "sent", "已发送"
        GIVEN_UP = "given_up", "未发出，已停止"

    notification = models.ForeignKey(
        Notification, models.CASCADE, related_name="deliveries", verbose_name="站内信"
    )
    channel = models.CharField("通道", max_length=8, choices=Channel.choices)
    status = models.CharField("状态", max_length=8, choices=Status.choices, default=Status.WAITING)
    attempts = models.PositiveSmallIntegerField("已尝试次数", default=0)
    queued_at = models.DateTimeField("进入队列")
    # While a worker has it in hand, the moment from which another may take it over.
    next_try_at = models.DateTimeField("下次发送")
    sent_at = models.DateTimeField("发出时间", null=True, blank=True)
    last_error = models.CharField("最近一次失败", max_length=200, blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = verbose_name_plural = "消息外发"
        constraints = [
            models.UniqueConstraint(fields=("notification", "channel"), name="delivery_once")
        ]
        indexes = [models.Index(fields=("status", "next_try_at"), name="delivery_due")]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.pk}"
