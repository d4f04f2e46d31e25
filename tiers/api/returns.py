"""Returns as JSON: what came back and what was answered, and what an overtaken sender missed."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from registry.access import Role
from tiers.changes import Since
from tiers.mending import ANSWER_LENGTH, Reply
from tiers.models import Action, Application, Decision, ReturnItem
from tiers.reasons import NAME_LENGTH, TEXT_LENGTH
from tiers.returns import Remark


class RemarkSerializer(serializers.Serializer):
    """One thing to mend; ``target`` of a file is its number, of all else the item or the fact."""

    target_kind = serializers.ChoiceField(choices=ReturnItem.Kind.choices)
    target = serializers.CharField(max_length=60)
    reason = serializers.CharField(max_length=NAME_LENGTH)
    text = serializers.CharField(max_length=TEXT_LENGTH)


class ReplySerializer(serializers.Serializer):
    """What the firm says to one item."""

    id = serializers.IntegerField()
    outcome = serializers.ChoiceField(choices=ReturnItem.Outcome.choices)
    answer = serializers.CharField(max_length=ANSWER_LENGTH)


class AnswersSerializer(serializers.Serializer):
    items = ReplySerializer(many=True, allow_empty=False)


class ReturnItemSerializer(serializers.ModelSerializer):
    class Meta:
        model = ReturnItem
        fields = [
            "id", "target_kind", "target", "evidence", "label", "reason", "text", "outcome",
            "answer", "answered_at",
        ]  # fmt: skip


class ReturnSerializer(serializers.ModelSerializer):
    """One return. An office reads the answers once the firm has sent them in."""

    office = serializers.CharField(source="place_name")
    items = serializers.SerializerMethodField()

    class Meta:
        model = Decision
        fields = ["at", "office", "opinion", "items"]

    @extend_schema_field(ReturnItemSerializer(many=True))
    def get_items(self, decision: Decision) -> list[dict[str, Any]]:
        items = [dict(one) for one in ReturnItemSerializer(decision.items.all(), many=True).data]
        if self.context["unsent"] == decision.pk:
            for one in items:
                one |= {"outcome": "", "answer": "", "answered_at": None}
        return items


def returns_of(case: Application, role: str) -> list[dict[str, Any]]:
    """All returns of a case, oldest first, as this side may read them."""
    found = list(
        case.decisions.filter(action=Action.SEND_BACK)
        .prefetch_related("items")
        .order_by("at", "pk")
    )
    waiting = case.status == Application.Status.RETURNED and role != Role.ENTERPRISE
    unsent = found[-1].pk if found and waiting else None
    rows: Any = ReturnSerializer(found, many=True, context={"unsent": unsent}).data
    return list(rows)


def remarks_in(items: list[dict[str, str]]) -> list[Remark]:
    return [Remark(**one) for one in items]


def replies_in(items: list[dict[str, Any]]) -> dict[int, Reply]:
    return {one["id"]: Reply(one["outcome"], one["answer"]) for one in items}


class ChangeSerializer(serializers.Serializer):
    item = serializers.CharField()
    section = serializers.CharField()
    title = serializers.CharField(source="label")
    kind = serializers.CharField()
    old = serializers.CharField()
    new = serializers.CharField()


class DecisionSerializer(serializers.ModelSerializer):
    office = serializers.CharField(source="place_name")

    class Meta:
        model = Decision
        fields = ["action", "at", "office", "opinion"]


class SinceSerializer(serializers.Serializer):
    """Nothing was done: what happened since the version that the sender saw."""

    version = serializers.IntegerField()
    decisions = DecisionSerializer(many=True)
    changes = ChangeSerializer(many=True)


def since_as_json(missed: Since, version: int) -> dict[str, Any]:
    told = {"version": version, "decisions": missed.decisions, "changes": missed.changes}
    return dict(SinceSerializer(told).data)
