"""List what there is: the tools, resources, templates and prompts, as the SDK's types."""

from __future__ import annotations

from typing import Any

from mcp import types
from mcp.server import ServerRequestContext

from . import dashboard

# What each lists is imported when it is asked for: no start waits for what that needs.

Context = ServerRequestContext[Any, Any]
JSON = "application/json"
"""The type of what all URIs but the dashboard answer."""


async def list_tools(
    ctx: Context, params: types.PaginatedRequestParams | None
) -> types.ListToolsResult:
    from . import arguments
    from .tools import TOOLS

    return types.ListToolsResult(
        tools=[
            types.Tool(
                name=tool.name,
                title=tool.title,
                description=tool.description,
                input_schema=arguments.schema(tool.parameters),
                annotations=types.ToolAnnotations(
                    read_only_hint=tool.read_only,
                    destructive_hint=tool.destructive,
                    idempotent_hint=tool.idempotent,
                    open_world_hint=tool.open_world,
                ),
                _meta=dict(tool.meta) if tool.meta else None,
            )
            for tool in TOOLS
        ]
    )


async def list_resources(
    ctx: Context, params: types.PaginatedRequestParams | None
) -> types.ListResourcesResult:
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
