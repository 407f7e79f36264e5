"""List what there is: the tools, resources, templates and prompts, as the SDK's types."""

from __future__ import annotations

import functools
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from mcp import types
from mcp.server import ServerRequestContext
from mcp.server.caching import CacheableMethod, CacheHint
from mcp.shared.exceptions import MCPError

from ..errors import ValidationError, WhoopError
from . import dashboard

# What each lists is imported when it is asked for: no start waits for what that needs.

Context = ServerRequestContext[Any, Any]
JSON = "application/json"
"""The type of what all URIs but the dashboard answer."""

Handler = Callable[[Context, Any], Awaitable[Any]]

_HOUR = 3_600_000  # milliseconds

CACHE_HINTS: Mapping[CacheableMethod, CacheHint] = {
    "tools/list": CacheHint(_HOUR),
    "resources/list": CacheHint(_HOUR),
    "resources/templates/list": CacheHint(_HOUR),
    "prompts/list": CacheHint(_HOUR),
    "server/discover": CacheHint(_HOUR),
}
"""How long a client need not ask again for what changes with another version alone. The lists are
the same for all, but for what a client announces."""


def refusal(error: WhoopError) -> MCPError:
    """Make the protocol's own error, for where there is no place for an envelope."""
    words = f"{error.message} {error.hint or ''}".strip()
    return MCPError(code=types.INVALID_PARAMS, message=words)


def _refuse_cursor(params: types.PaginatedRequestParams | None) -> None:
    """Refuse any cursor: each list is one page, so none was ever given."""
    if params is not None and params.cursor is not None:
        from . import arguments

        words = f"There is no cursor {arguments.shown(params.cursor)}: the list is one page."
        raise refusal(ValidationError(words, hint="Leave cursor out."))


async def list_tools(
    ctx: Context, params: types.PaginatedRequestParams | None
) -> types.ListToolsResult:
    _refuse_cursor(params)
    from . import app_tools
    from .tools import TOOLS

    offered = (*TOOLS, *app_tools.listed(ctx.session.client_capabilities))
    return types.ListToolsResult(tools=[_listed(tool.name) for tool in offered])


@functools.cache
def _listed(name: str) -> types.Tool:
    from . import app_tools, arguments, output
    from .tools import TOOLS

    tool = next(one for one in (*TOOLS, app_tools.TOOL) if one.name == name)
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=arguments.schema(tool.parameters),
        output_schema=output.schema(tool.name),
        annotations=types.ToolAnnotations(
            read_only_hint=tool.read_only,
            destructive_hint=tool.destructive,
            idempotent_hint=tool.idempotent,
            open_world_hint=tool.open_world,
        ),
        _meta=dict(tool.meta) if tool.meta else None,
    )


async def list_resources(
    ctx: Context, params: types.PaginatedRequestParams | None
) -> types.ListResourcesResult:
    _refuse_cursor(params)
    from .uris import URIS

    resources = [
        types.Resource(
            uri=one.uri,
            name=one.name,
            title=one.title,
            description=one.description,
            mime_type=JSON,
        )
        for one in URIS
        if not one.parameters
    ]
    page = types.Resource(
        uri=dashboard.URI,
        name="dashboard",
        title="Dashboard",
        description="The last 30 days as a page, for hosts that show MCP Apps.",
        mime_type=dashboard.MIME,
    )
    return types.ListResourcesResult(resources=[*resources, page])


async def list_templates(
    ctx: Context, params: types.PaginatedRequestParams | None
) -> types.ListResourceTemplatesResult:
    _refuse_cursor(params)
    from .uris import URIS

    return types.ListResourceTemplatesResult(
        resource_templates=[
            types.ResourceTemplate(
                uri_template=one.uri,
                name=one.name,
                title=one.title,
                description=one.description,
                mime_type=JSON,
            )
            for one in URIS
            if one.parameters
        ]
    )


async def list_prompts(
    ctx: Context, params: types.PaginatedRequestParams | None
) -> types.ListPromptsResult:
    _refuse_cursor(params)
    from .prompts import PROMPTS

    return types.ListPromptsResult(
        prompts=[
            types.Prompt(
                name=prompt.name,
                title=prompt.title,
                description=prompt.description,
                arguments=[
                    types.PromptArgument(name=one.name, description=one.about, required=False)
                    for one in prompt.parameters
                ],
            )
            for prompt in PROMPTS
        ]
    )


def without_changing_lists(discover: Handler) -> Handler:
    """Have `server/discover` announce that no list ever changes.

    The SDK takes a server that tells of changed resources for one that tells of changed lists.
    """

    async def told(ctx: Context, params: Any) -> Any:
        found = await discover(ctx, params)
        known = found.capabilities
        never = {"list_changed": False}
        fixed = {
            name: one.model_copy(update=never)
            for name in ("tools", "prompts", "resources")
            if (one := getattr(known, name)) is not None
        }
        return found.model_copy(update={"capabilities": known.model_copy(update=fixed)})

    return told
