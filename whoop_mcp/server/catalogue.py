"""List what there is: the tools, resources, templates and prompts, as the SDK's types."""

from __future__ import annotations

from typing import Any

from mcp import types
from mcp.server import ServerRequestContext

from . import arguments, dashboard, output
from .prompts import BY_NAME as PROMPTS
from .tools import BY_NAME as TOOLS
from .uris import MIME, URIS

Context = ServerRequestContext[Any, Any]


async def list_tools(
    ctx: Context, params: types.PaginatedRequestParams | None
) -> types.ListToolsResult:
    return types.ListToolsResult(
        tools=[
            types.Tool(
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
            for tool in TOOLS.values()
        ]
    )


async def list_resources(
    ctx: Context, params: types.PaginatedRequestParams | None
) -> types.ListResourcesResult:
    resources = [
        types.Resource(
            uri=one.uri,
            name=one.name,
            title=one.title,
            description=one.description,
            mime_type=MIME,
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
    return types.ListResourceTemplatesResult(
        resource_templates=[
            types.ResourceTemplate(
                uri_template=one.uri,
                name=one.name,
                title=one.title,
                description=one.description,
                mime_type=MIME,
            )
            for one in URIS
            if one.parameters
        ]
    )


async def list_prompts(
    ctx: Context, params: types.PaginatedRequestParams | None
) -> types.ListPromptsResult:
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
            for prompt in PROMPTS.values()
        ]
    )
