"""The HTTP side: thin views that parse, authorize, call `chat/` and render."""

from flask import Flask

from widget.chat.messages import answers
from widget.text import durations, emoji, richtext
from widget.web import errors, headers, limits, request_checks, site_appearance, template_filters, templates
from widget.web.message_upload import CooperativeRequest
from widget.web.views import (
    agent_sessions,
    api_docs,
    calls,
    conversations,
    earlier,
    files,
    forms,
    groups,
    health,
    inbox,
    mesibo_calls,
    mesibo_webhook,
    messages,
    metrics,
    people,
    pictures,
    popouts,
    popup,
    previews,
    push,
    search,
    session,
    settings,
    sign_in,
    static,
    stream,
    team,
    uploads,
)


def register(app: Flask) -> None:
    """Put all views and what surrounds them on the app."""
    app.url_map.converters.update(id=errors.IdConverter, member=errors.MemberConverter)
    app.jinja_env.add_extension(templates.Compact)
    app.jinja_env.filters.update(rich=richtext.html, plain=richtext.plain)
    app.jinja_env.filters.update(
        filled_in=answers.shown,
        shown=lambda sides: template_filters.shown(*sides),
        wave=template_filters.wave,
        indented_json=template_filters.indented_json,
        bytes=template_filters.size,
        ending=template_filters.ending,
        count_shown=template_filters.count_shown,
        language_name=template_filters.language_name,
        without_scheme=template_filters.without_scheme,
        duration=durations.minutes_seconds,
    )
    app.jinja_env.globals.update(nonce=headers.nonce, site_appearance=site_appearance.site_appearance)
    app.jinja_env.tests["emoji_only"] = emoji.emoji_only
    app.request_class = CooperativeRequest
    request_checks.register(app)
    limits.register(app)
    talking = (session, conversations, messages, forms, groups, calls, mesibo_calls)
    for_people = (*talking, uploads, files, previews, search, team)
    pages = (push, inbox, settings, sign_in, agent_sessions, api_docs, popup, popouts)
    for area in (*for_people, people, earlier, *pages, stream, pictures, mesibo_webhook, health, metrics, static):
        app.register_blueprint(area.bp)
    headers.register(app)
    errors.register(app)
