"""What each event is called on a customer's page, in Chinese and English."""

from collections.abc import Mapping
from typing import Any

# `{field}` is a field of the event (proto-JSON names); an absent one reads as nothing
LABELS: dict[str, tuple[str, str]] = {
    "roundel.customer.v1.CustomerRegistered": ("客户建档:{name}", "Registered as {name}"),
    "roundel.customer.v1.CustomerProfileChanged": ("客户资料更新", "Profile changed"),
    "roundel.customer.v1.ContactAdded": ("新增联系人:{name} {title}", "Contact added: {name} {title}"),
    "roundel.customer.v1.CustomerRemoved": ("客户导入已撤销:{name}", "Import of {name} undone"),
    "roundel.customer.v1.ContactChanged": ("联系人资料更新:{name}", "Contact changed: {name}"),
    "roundel.customer.v1.ContactRemoved": ("联系人导入已撤销:{name}", "Import of {name} undone"),
    "roundel.customer.v1.CustomersMerged": ("与「{loserName}」合并", "{loserName} merged into this one"),
    "roundel.customer.v1.CustomersUnmerged": ("撤销与「{loserName}」的合并", "Merge of {loserName} undone"),
    "roundel.customer.v1.ContactsMerged": (
        "联系人合并:{loserName} → {name}",
        "{loserName} merged into {name}",
    ),
    "roundel.customer.v1.ContactsUnmerged": ("撤销联系人合并:{loserName}", "Merge of {loserName} undone"),
    "roundel.customer.v1.InteractionLogged": ("跟进({kind}):{subject}", "{kind}: {subject}"),
    "roundel.customer.v1.InteractionRemoved": ("跟进导入已撤销:{subject}", "Import of {subject} undone"),
    "roundel.marketing.v1.ProspectCaptured": ("潜在客户:来源 {source}", "Captured from {source}"),
    "roundel.marketing.v1.ProspectRemoved": ("潜在客户导入已撤销:{company}", "Import of {company} undone"),
    "roundel.marketing.v1.ProspectQualified": ("潜在客户转交销售", "Handed to sales, from {source}"),
    "roundel.marketing.v1.TouchpointRecorded": ("营销触点({kind}):{detail}", "Touchpoint {kind}: {detail}"),
    "roundel.sales.v1.LeadCreated": ("新线索:{company}", "Lead: {company}"),
    "roundel.sales.v1.LeadChanged": ("线索更新:{company}", "Lead changed: {company}"),
    "roundel.sales.v1.LeadAssigned": ("线索分配 {rule}", "Lead assigned {rule}"),
    "roundel.sales.v1.LeadConverted": ("线索转为商机", "Lead became an opportunity"),
    "roundel.sales.v1.LeadLost": ("线索关闭:{reason}", "Lead lost: {reason}"),
    "roundel.sales.v1.OpportunityOpened": ("新商机:{name}", "Opportunity: {name}"),
    "roundel.sales.v1.OpportunityStageChanged": ("商机阶段:{toStage}", "{name} entered {toStage}"),
    "roundel.sales.v1.OpportunityWon": ("赢单:{name}", "Won: {name}"),
    "roundel.sales.v1.OpportunityLost": ("丢单:{name} {reason}", "Lost: {name} {reason}"),
    "roundel.sales.v1.OpportunityChanged": ("商机更新:{name}", "Opportunity changed: {name}"),
    "roundel.sales.v1.OpportunityReopened": ("商机重新打开:{name}", "Open again: {name}"),
    "roundel.sales.v1.QuoteSubmitted": ("报价单 {number} 已提交", "Quote {number} sent"),
    "roundel.sales.v1.QuoteAccepted": ("报价单 {number} 已接受", "Quote {number} accepted"),
    "roundel.sales.v1.ContractSigned": ("合同签订:{number} {title}", "Contract signed: {number} {title}"),
    "roundel.sales.v1.ContractActivated": ("合同 {number} 生效", "Contract {number} in force"),
    "roundel.sales.v1.ContractActivationOverdue": (
        "合同 {number} 生效超时",
        "Contract {number} not yet in force",
    ),
    "roundel.project.v1.ProjectOpened": ("项目启动:{name}", "Project opened: {name}"),
    "roundel.project.v1.ProjectManagerAssigned": ("项目经理已指派", "Project manager named"),
    "roundel.project.v1.ProjectRescheduled": (
        "项目改期:{startsOn} 至 {endsOn}",
        "Project planned for {startsOn} to {endsOn}",
    ),
    "roundel.project.v1.MilestoneAccepted": ("里程碑验收:{name}", "Milestone accepted: {name}"),
    "roundel.project.v1.ProjectAccepted": ("项目验收:{name}", "Project accepted: {name}"),
    "roundel.finance.v1.ReceivablesScheduled": ("应收计划已建立", "Receivables scheduled"),
    "roundel.finance.v1.ReceivableRescheduled": ("应收改期:{name} {dueOn}", "{name} is due on {dueOn}"),
    "roundel.finance.v1.ReceivableOverdue": ("应收逾期:{name}", "Overdue: {name}"),
    "roundel.finance.v1.ReceivableVoided": ("应收作废:{reason}", "Receivable voided: {reason}"),
    "roundel.finance.v1.InvoiceIssued": ("开票:{number}", "Invoice {number} issued"),
    "roundel.finance.v1.ReceiptRecorded": ("收到款项", "Payment received"),
    "roundel.finance.v1.ReceiptMatched": ("回款核销", "Payment matched"),
    "roundel.finance.v1.ReceiptUnmatched": ("核销已撤销", "Payment set against this no more"),
    "roundel.finance.v1.ReceiptWithdrawn": ("收款已撤销", "Payment entered by mistake, taken back"),
    "roundel.finance.v1.CreditLimitChanged": ("信用额度调整", "Credit limit changed"),
    "roundel.service_desk.v1.TicketOpened": ("工单 {number}:{subject}", "Ticket {number}: {subject}"),
    "roundel.service_desk.v1.TicketAssigned": ("工单 {number} 已指派", "Ticket {number} assigned"),
    "roundel.service_desk.v1.TicketResolved": ("工单 {number} 已解决", "Ticket {number} resolved"),
    "roundel.service_desk.v1.TicketReopened": ("工单 {number} 重新打开", "Ticket {number} reopened"),
    "roundel.service_desk.v1.TicketRemoved": ("工单 {number} 导入已撤销", "Import of {number} undone"),
    "roundel.service_desk.v1.SurveyAnswered": ("满意度评分:{score}", "Satisfaction {score} of 5"),
    "roundel.automation.v1.TodoCreated": ("待办:{title}", "To-do: {title}"),
    "roundel.automation.v1.TodoCompleted": ("待办完成:{title}", "Done: {title}"),
    "roundel.automation.v1.TodoReopened": ("待办重新打开:{title}", "Not done after all: {title}"),
    "roundel.automation.v1.TodoRemoved": ("待办导入已撤销:{title}", "Import of {title} undone"),
}


class _Fields(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return ""


def titles(type: str, data: Mapping[str, Any]) -> tuple[str, str]:
    """Return what happened in a line, in Chinese and English."""
    zh, en = LABELS.get(type, (type, type))
    fields = _Fields(data)
    return zh.format_map(fields).strip(), en.format_map(fields).strip()
