"""/inbox/settings: a place for the owner. Owners change, agents look.

To add an area:

1. Write `views/settings/<area>.py`. The function of its page takes the agent who asks, and returns its JSON:

       @frame.area("labels", lazy("Labels"))
       def labels(agent: User) -> Json:
           return {"labels": [...]}

   Routes of `frame.bp` change something; only owners get to one unless it bears `@frame.for_agents`. Each ends with
   `frame.changed(area)`, which shows the area anew:

       @frame.bp.post("/labels")
       def create_label() -> Response:
           labels.create(frame.agent(), ...)
           return frame.changed("labels")

2. Write `templates/settings/<area>.html`. The values of that JSON are its variables, besides `is_owner` and `fixed`
   (field → the variable of the environment that has set it). It begins with
   `{% from "settings/parts.html" import asks, save %}`; a form that changes something has `{{ asks("/labels") }}` among
   its attributes, a button `{{ asks("/labels/" ~ it.id, "delete") }}`.
3. Name the module below, in the place that it has in the navigation.

What the owner sets is kept by `chat/team_settings.py`: add the defaults of your key there, read it with `load(key)` and
change it with `put`; `FROM_ENVIRONMENT` names the fields that a variable gives or forces.
"""

from widget.web.views.settings import (
    appearance,
    audit,
    blocks,
    bots,
    canned,
    forms,
    frame,
    hours,
    labels,
    notifications,
    numbers,
    people,
    privacy,
    rules,
)
from widget.web.views.settings.frame import bp

__all__ = ["bp"]

frame.arrange(
    *(appearance, people, hours, rules, labels, canned, forms, notifications, bots, privacy, audit, blocks, numbers)
)
