"""Write the HTML of the login page: a form, and what is said while and after it is used."""

from __future__ import annotations

import html
import importlib.resources
from collections.abc import Sequence
from typing import NamedTuple

from ..errors import AuthFailed, WhoopError
from .attempt import SCOPES
from .endpoint import Refused
from .listener import Response

_DASHBOARD = "https://developer.whoop.com"
_CONTROL = "It holds a character that no {name} has: copy it again, without spaces or line ends."


class Form(NamedTuple):
    """Hold what is shown in the form: what was typed but the secret, and what is wrong with it."""

    client_id: str = ""
    wrong: tuple[tuple[str, str], ...] = ()  # a field's name, and what is wrong with it
    problem: WhoopError | None = None
    unclear: str = ""  # what is wrong with a pasted address


def checked(client_id: str, secret: str) -> Form:
    """Check what was typed by its looks, before anything is sent."""
    wrong = []
    for name, words, value in (
        ("client_id", "app id", client_id),
        ("client_secret", "app secret", secret),
    ):
        if not value:
            wrong.append((name, f"Paste the {words} from WHOOP's dashboard."))
        elif not all("!" <= sign <= "~" for sign in value) or len(value) > 500:
            wrong.append((name, _CONTROL.format(name=words.removeprefix("app "))))
    if not wrong and client_id == secret:
        wrong.append(("client_secret", "This is the app id once more. The secret is another text."))
    return Form(client_id=client_id[:500], wrong=tuple(wrong))


def other_than_given(client_id: str) -> Form:
    """Refuse an app that is another than the environment's."""
    told = AuthFailed(
        "WHOOP_CLIENT_ID and WHOOP_CLIENT_SECRET are set, and hold another app than you typed.",
        hint="Leave both fields empty to use that app; or take both variables away, also where "
        "your client sets them, start it again, and log in with the other app then.",
    )
    return Form(client_id=client_id[:500], problem=told)


def after(made: Form, problem: WhoopError | None) -> Form:
    """Show what came of a try; of id and secret, say which one WHOOP did not take."""
    if isinstance(problem, Refused) and problem.error == "invalid_client":
        # Its own page has already taken the id, or nobody would have come back from there.
        told = AuthFailed(
            "WHOOP knows the app id, but does not take this secret.", hint=problem.hint
        )
        wrong = (("client_secret", "Copy it again from the app's page in WHOOP's dashboard."),)
        return made._replace(problem=told, wrong=wrong)
    return made._replace(problem=problem)


# ── pages ──


def form(
    made: Form,
    *,
    path: str,
    token: str,
    redirect_uri: str,
    has_app: bool,
    is_given: bool,
    pastes: bool,
    consent: str | None,
) -> Response:
    """Show the form, with what went wrong before on top of it."""
    parts = [_trouble(made)]
    if pastes and consent is not None:
        parts.append(_paste_form(made, path, token, consent, redirect_uri))
    elif consent is not None:
        parts.append(
            '<p role="status">Waiting for WHOOP to send you back. '
            f'<a href="{_text(consent)}">Go to WHOOP</a>, if you are not there yet.</p>'
            "<p>If WHOOP shows an error instead: "
            "<em>invalid_client</em> means that the app id is wrong; <em>redirect_uri</em> means "
            f"that your app does not list exactly <code>{_text(redirect_uri)}</code>. Correct it, "
            "and try again here.</p>"
        )
    else:
        parts.append(
            "<p>Your WHOOP data are read by an app of your own. Its id and secret are on the app's "
            f'page at <a href="{_DASHBOARD}" target="_blank" rel="noreferrer">developer.whoop.com'
            "</a>. What you paste here goes to WHOOP, and into the login that is kept encrypted on "
            "this computer. Neither the chat nor the model sees it.</p>"
            f"<p>The app must list exactly the redirect URI <code>{_text(redirect_uri)}</code> "
            f"and tick the scopes {', '.join(f'<code>{one}</code>' for one in SCOPES)}.</p>"
        )
    if has_app:
        whose = (
            "An app is given by WHOOP_CLIENT_ID and WHOOP_CLIENT_SECRET"
            if is_given
            else "An app is stored already"
        )
        parts.append(f"<p>{whose}: leave both fields empty to use it.</p>")
    wrong = dict(made.wrong)
    first = "" if pastes else made.wrong[0][0] if made.wrong else "client_id"
    parts.append(
        f'<form method="post" action="{_text(path)}" autocomplete="off" novalidate>'
        f'<input type="hidden" name="token" value="{_text(token)}">'
        + _field("client_id", "App id", "text", made.client_id, wrong, first)
        + _field("client_secret", "App secret", "password", "", wrong, first)
        + "<button>Continue to WHOOP</button></form>"
    )
    return _page("Log in at WHOOP", "".join(parts))


def leaving(address: str) -> Response:
    """Send the browser on to WHOOP, without telling WHOOP where from."""
    to = _text(address)
    return _page(
        "On to WHOOP",
        '<p role="status">WHOOP asks you to sign in and to agree. Then you come back here.</p>'
        f'<p><a class="button" href="{to}">Go to WHOOP</a></p>',
        head=f'<meta http-equiv="refresh" content="0; url={to}">',
    )


def working() -> Response:
    """Show that the login is being made, and look again soon."""
    return _page(
        "One moment",
        '<p role="status">WHOOP has sent you back; the login is being made.</p>',
        head='<meta http-equiv="refresh" content="1">',
    )


def done(said: Sequence[str]) -> Response:
    """Show that all is well, and what is not granted."""
    *lacking, good = said or [""]
    lines = "".join(f"<p>{_text(line)}</p>" for line in lacking)
    lines += f'<p class="good">{_text(good)}</p>'
    return _page(
        "You are logged in",
        f'<div role="status">{lines}</div>'
        "<p>You can close this page and go back to where you came from.</p>",
    )


def strangers() -> Response:
    """Refuse whoever is not the browser that opened the page first."""
    return _page(
        "Not this browser",
        '<p role="alert">This page belongs to the browser that opened it first, and needs its '
        "cookie. As two have come, it is closed: ask for a new page, and open it once.</p>",
        status=403,
    )


def not_from_here() -> Response:
    """Refuse what was not sent by this page's own form."""
    return _page(
        "Not from this page",
        '<p role="alert">That was not sent by this page. Load it again, and use its form.</p>',
        status=403,
    )


def nothing() -> Response:
    """Say that there is nothing."""
    return _page("Not found", "<p>There is nothing here.</p>", status=404)


# ── parts ──


def _trouble(made: Form) -> str:
    if made.problem is None:
        return ""
    lines = [made.problem.message, made.problem.hint or ""]
    if detail := getattr(made.problem, "detail", ""):
        lines.insert(1, str(detail)[:300])
    told = "".join(f"<p>{_text(line)}</p>" for line in lines if line)
    return f'<div class="wrong" role="alert">{told}</div>'


def _paste_form(made: Form, path: str, token: str, consent: str, redirect_uri: str) -> str:
    wrong = {"address": made.unclear} if made.unclear else {}
    return (
        "<p>This page cannot be where WHOOP sends you back"
        f" (<code>{_text(redirect_uri)}</code> is another program's, or not on this computer).</p>"
        f'<ol><li><a href="{_text(consent)}" target="_blank" rel="noreferrer">Open WHOOP in a new '
        "tab</a> and agree.</li><li>The tab ends at an address that may not load: copy all of it, "
        "and paste it here.</li></ol>"
        f'<form method="post" action="{_text(path)}" autocomplete="off" novalidate>'
        f'<input type="hidden" name="token" value="{_text(token)}">'
        + _field("address", "The address at which the tab ended", "text", "", wrong, "address")
        + "<button>Log in</button></form><h2>Or begin again</h2>"
    )


def _field(
    name: str, label: str, kind: str, value: str, wrong: dict[str, str], focused: str
) -> str:
    problem = wrong.get(name)
    said = f'<p class="wrong" id="{name}-wrong">{_text(problem)}</p>' if problem else ""
    marks = f' aria-invalid="true" aria-describedby="{name}-wrong"' if problem else ""
    focus = " autofocus" if name == focused else ""
    return (
        f'<div class="field"><label for="{name}">{label}</label>{said}'
        f'<input id="{name}" name="{name}" type="{kind}" value="{_text(value)}" required '
        f'autocomplete="off" autocapitalize="none" spellcheck="false"{marks}{focus}></div>'
    )


def _page(title: str, body: str, *, status: int = 200, head: str = "") -> Response:
    style = (importlib.resources.files(__package__) / "page.css").read_text(encoding="utf-8")
    return Response(
        status,
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_text(title)} – whoop-mcp</title>{head}<style>{style}</style></head>"
        f"<body><main><h1>{_text(title)}</h1>{body}"
        "<footer>whoop-mcp, on this computer. Not made or endorsed by WHOOP.</footer>"
        "</main></body></html>",
    )


def _text(text: str) -> str:
    return html.escape(text, quote=True)
