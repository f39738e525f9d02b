"""The default pipeline: five stages and what it takes to leave each."""

from datetime import UTC, datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_TABLE = sa.table(
    "pipeline_stage",
    sa.column("id", sa.Uuid),
    sa.column("pipeline", sa.String),
    sa.column("position", sa.Integer),
    sa.column("key", sa.String),
    sa.column("label_zh", sa.String),
    sa.column("label_en", sa.String),
    sa.column("exit_criteria", postgresql.JSONB),
    sa.column("version", sa.Integer),
    sa.column("created_at", sa.DateTime(timezone=True)),
    sa.column("updated_at", sa.DateTime(timezone=True)),
)


def _criterion(key: str, zh: str, en: str, *fields: str) -> dict[str, Any]:
    """Return a criterion that wants every one of these facts: a yes, or, with a question mark, any value."""
    rules = [
        {"field": field.rstrip("?"), "operator": "isNotEmpty", "value": None}
        if field.endswith("?")
        else {"field": field, "operator": "eq", "value": True}
        for field in fields
    ]
    condition = {"version": 1, "combinator": "and", "rules": rules}
    return {"key": key, "label_zh": zh, "label_en": en, "condition": condition}


STAGES = (
    (
        ("QUALIFICATION", "资格确认", "Qualification"),
        _criterion("bant_done", "已完成 BANT 确认", "BANT is done", "bant_done"),
        _criterion(
            "key_fields_complete",
            "关键字段已填写完整",
            "Customer and amount are filled in",
            "customer_id?",
            "amount?",
        ),
    ),
    (
        ("DISCOVERY", "需求分析", "Discovery"),
        _criterion("need_analysis", "需求分析报告已上传", "The need analysis is attached", "need_analysis?"),
        _criterion(
            "contact_approval", "关键联系人初步认可", "The key contact approves so far", "contact_approval"
        ),
    ),
    (
        ("SOLUTION", "方案展示", "Solution"),
        _criterion("demo_done", "已完成产品演示", "The product was shown", "demo_done"),
        _criterion("feedback_positive", "客户反馈积极", "The feedback is positive", "feedback_positive"),
    ),
    (
        ("NEGOTIATION", "商务谈判", "Negotiation"),
        _criterion("quote_submitted", "报价单已提交", "A quote was submitted", "quote_submitted"),
        _criterion("terms_agreed", "主要条款已达成一致", "The main terms are agreed", "terms_agreed"),
        _criterion(
            "client_approval",
            "客户合同审批已启动，并注明节点和预计时间",
            "The client's approval has begun; its step and date are noted",
            "client_approval_step?",
            "client_approval_eta?",
        ),
    ),
    (
        ("CLOSED_WON", "赢单", "Closed won"),
        _criterion("contract_signed", "合同已盖章归档", "The contract is signed", "contract_signed"),
        _criterion("money_received", "款项已到账", "Money was received", "money_received"),
    ),
)


def upgrade() -> None:
    at = datetime.now(UTC)
    rows = [
        {
            "id": uuid5(NAMESPACE_URL, f"roundel:pipeline/default/{key}"),
            "pipeline": "default",
            "position": position,
            "key": key,
            "label_zh": zh,
            "label_en": en,
            "exit_criteria": criteria,
            "version": 1,
            "created_at": at,
            "updated_at": at,
        }
        for position, ((key, zh, en), *criteria) in enumerate(STAGES, start=1)
    ]
    op.bulk_insert(_TABLE, rows)


def downgrade() -> None:
    op.execute(_TABLE.delete().where(_TABLE.c.pipeline == "default"))
