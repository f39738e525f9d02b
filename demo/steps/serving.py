"""How customers are helped, what they think of it, and the to-dos that all this made."""

from datetime import timedelta

from demo.steps.selling import contracts
from demo.world import World


async def help_customers(world: World) -> None:
    """Tickets, most of them solved, and the answers to the surveys that follow."""
    tickets = {ticket.key: (one, ticket) for one in world.customers for ticket in one.tickets}
    opened = {
        key: {
            "customerId": world.ids[f"customer/{one.key}"],
            "contactId": world.ids[f"contact/{one.contacts[-1].key}"],
            "subject": ticket.subject,
            "priority": ticket.priority,
            "channel": ticket.channel,
            "at": ticket.opened_at.isoformat(),
        }
        for key, (one, ticket) in tickets.items()
    }
    await world.create("Tickets", "openTicket", opened, "ticket")
    agent = world.ids["employee/wu.jing"]
    assigned = {key: {"id": world.ids[f"ticket/{key}"], "assigneeId": agent} for key in tickets}
    await world.change("Tickets assigned", "assignTicket", assigned, "ticket { id }")
    solved = {key: (ticket, ticket.resolved_at) for key, (_, ticket) in tickets.items() if ticket.resolved_at}
    resolutions = {
        key: {"id": world.ids[f"ticket/{key}"], "resolution": ticket.resolution, "at": at.isoformat()}
        for key, (ticket, at) in solved.items()
    }
    surveys = await world.change("Tickets resolved", "resolveTicket", resolutions, "surveyToken")
    answers = {
        key: {
            "token": surveys[key]["surveyToken"],
            "score": ticket.score,
            "comment": ticket.comment,
            "at": (at + timedelta(hours=2)).isoformat(),
        }
        for key, (ticket, at) in solved.items()
        if ticket.score
    }
    await world.change("Survey answers", "answerSurvey", answers, "score")


async def tick_off_todos(world: World) -> None:
    """What was asked for long ago is done: first calls, project starts, first payments."""
    about = [world.ids[f"lead/{one.key}"] for one in world.customers if one.inquiry]
    for _, deal, contract in contracts(world):
        if contract.milestones_accepted_on:
            about.append(world.ids[f"project/{deal.key}"])
        if contract.instalments[0].paid_on:
            about.append(world.ids[f"contract/{deal.key}"])
    made = await world.arrived("To-dos", "todos", "TodoFilter.aboutId", about, "id")
    done = {todo["id"]: {"id": todo["id"]} for todo in made}
    await world.change("To-dos done", "completeTodo", done, "todo { id }")
