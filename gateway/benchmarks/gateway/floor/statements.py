"""The 360's statements, by database; $1 is the customer. They select what the query asks for and no more."""

CUSTOMER = """
SELECT id, name, upper(status) AS status, industry, region, size_band, tags, last_follow_up_at, owner_id,
       registration_number, founded_year, employees, revenue_amount, revenue_currency, headquarters
FROM customer WHERE id = $1"""
CONTACTS = """
SELECT contact.name, contact.title, upper(contact.decision_role) AS decision_role, contact.email,
       contact.phone, superior.name AS superior
FROM contact LEFT JOIN contact AS superior ON superior.id = contact.reports_to_id
WHERE contact.customer_id = $1 ORDER BY contact.created_at, contact.id LIMIT 10"""
INTERACTIONS = """
SELECT upper(kind) AS kind, occurred_at, subject, next_plan, created_by
FROM interaction WHERE customer_id = $1 ORDER BY occurred_at DESC, id DESC LIMIT 10"""

SOURCE_CAMPAIGN = """
SELECT campaign.id, campaign.name, upper(campaign.channel) AS channel
FROM campaign JOIN prospect ON prospect.campaign_id = campaign.id
WHERE prospect.customer_id = $1 ORDER BY prospect.captured_at, prospect.id LIMIT 1"""
COSTS = """
SELECT sum(amount) AS amount, currency FROM campaign_cost
WHERE campaign_id = $1 GROUP BY currency ORDER BY currency"""
TOUCHPOINTS = """
SELECT upper(touchpoint.kind) AS kind, touchpoint.detail, touchpoint.occurred_at, campaign.name AS campaign
FROM touchpoint LEFT JOIN campaign ON campaign.id = touchpoint.campaign_id
WHERE touchpoint.customer_id = $1 ORDER BY touchpoint.occurred_at DESC, touchpoint.id DESC LIMIT 10"""

LEADS = """
SELECT upper(status) AS status, source, assigned_by_rule, owner_id
FROM lead WHERE customer_id = $1 ORDER BY created_at DESC, id DESC LIMIT 5"""
OPPORTUNITIES = """
SELECT opportunity.name, opportunity.stage, upper(opportunity.status) AS status, opportunity.amount,
       opportunity.currency, opportunity.engaged_on, opportunity.closed_on, opportunity.owner_id,
       product.name AS product, count(*) OVER () AS total
FROM opportunity LEFT JOIN product ON product.id = opportunity.product_id
WHERE opportunity.customer_id = $1 ORDER BY opportunity.created_at DESC, opportunity.id DESC LIMIT 10"""
QUOTES = """
SELECT number, upper(status) AS status, total, currency, discount_percent
FROM quote WHERE customer_id = $1 ORDER BY created_at DESC, id DESC LIMIT 5"""
CONTRACTS = """
SELECT id, number, title, upper(status) AS status, total, currency, signed_on, starts_on, ends_on
FROM contract WHERE customer_id = $1 ORDER BY created_at DESC, id DESC LIMIT 5"""

PROJECTS = """
SELECT id, name, upper(status) AS status, manager_id
FROM project WHERE customer_id = $1 ORDER BY created_at DESC, id DESC LIMIT 5"""
MILESTONES = """
SELECT project_id, name, due_on, upper(status) AS status, accepted_on
FROM milestone WHERE project_id = ANY ($1) ORDER BY position"""

TICKETS = """
SELECT number, subject, upper(priority) AS priority, upper(status) AS status, opened_at, resolved_at
FROM ticket WHERE customer_id = $1 ORDER BY opened_at DESC, id DESC LIMIT 5"""
SATISFACTION = """
SELECT round(avg(score), 2) AS average, count(score) AS answers FROM survey WHERE customer_id = $1"""

RECEIVABLES = """
SELECT name, amount, outstanding, currency, due_on, upper(status) AS status
FROM receivable WHERE customer_id = $1 ORDER BY due_on, id LIMIT 10"""
INVOICES = """
SELECT number, upper(status) AS status, amount, currency, issued_on
FROM invoice WHERE customer_id = $1 ORDER BY created_at DESC, id DESC LIMIT 5"""
RECEIPTS = """
SELECT received_on, amount, unmatched, currency
FROM receipt WHERE customer_id = $1 ORDER BY received_on DESC, id DESC LIMIT 5"""
LIMIT = """
SELECT amount, currency FROM credit_limit WHERE customer_id = $1 ORDER BY created_at, id LIMIT 1"""
EXPOSURE = """
SELECT coalesce(sum(outstanding), 0) FROM receivable
WHERE customer_id = $1 AND currency = $2 AND outstanding > 0"""

TODOS = """
SELECT title, title_en, upper(status) AS status, due_at, assignee_id
FROM todo WHERE customer_id = $1 ORDER BY due_at NULLS LAST, id LIMIT 5"""

TIMELINE = """
SELECT occurred_at, type, data, actor_id
FROM happening WHERE customer_id = $1 ORDER BY occurred_at DESC, id DESC LIMIT 20"""

EMPLOYEES = """
SELECT employee.id, employee.name, employee.email, team.name AS team
FROM employee LEFT JOIN team ON team.id = employee.team_id WHERE employee.id = ANY ($1)"""
