"""What an environment means."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from whoop_mcp.errors import ValidationError
from whoop_mcp.settings import Settings


def test_an_empty_environment_means_the_defaults() -> None:
    """Unset and empty variables mean the documented defaults, an empty log file means none."""
    settings = Settings.read({"WHOOP_CLIENT_ID": "", "WHOOP_MAX_AGE": " "})
    home = Path.home() / ".whoop-mcp-server"
    assert settings == Settings(
        home=home,
        db_path=home / "whoop.db",
        client_id=None,
        client_secret=None,
        redirect_uri="http://localhost:8000/callback",
        base_url="https://api.prod.whoop.com",
        max_age=600.0,
        max_response_chars=40000,
        retention_days=None,
        log_file=home / "logs" / "whoop-mcp.log",
        log_level="INFO",
        log_json=True,
    )
    assert Settings.read({"WHOOP_LOG_FILE": ""}).log_file is None


def test_everything_can_be_set(tmp_path: Path) -> None:
    """Each variable sets its field; a moved home moves what is in it."""
    settings = Settings.read(
        {
            "WHOOP_HOME": str(tmp_path),
            "WHOOP_CLIENT_ID": " app-one\n",
            "WHOOP_CLIENT_SECRET": "hush-hush",
            "WHOOP_REDIRECT_URI": "whoop://example/callback",
            "WHOOP_BASE_URL": "http://127.0.0.1:8123/",
            "WHOOP_MAX_AGE": "0.5",
            "WHOOP_MAX_RESPONSE_CHARS": "0",
            "WHOOP_RETENTION_DAYS": "30",
            "WHOOP_LOG_LEVEL": "debug",
            "WHOOP_LOG_JSON": "off",
            "REQUESTS_CA_BUNDLE": "/etc/ca.pem",
            "HTTPS_PROXY": "http://someone:hush-hush@proxy.example:3128",
        }
    )
    assert settings.db_path == tmp_path / "whoop.db"
    assert settings.log_file == tmp_path / "logs" / "whoop-mcp.log"
    assert (settings.client_id, settings.client_secret) == ("app-one", "hush-hush")
    assert settings.base_url == "http://127.0.0.1:8123"
    assert (settings.max_age, settings.max_response_chars, settings.retention_days) == (0.5, 0, 30)
    assert (settings.log_level, settings.log_json) == ("DEBUG", False)
    assert settings.ca_bundle == "/etc/ca.pem"
    assert "hush-hush" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WHOOP_HOME", "relative/home"),
        ("WHOOP_DB_PATH", "whoop.db"),
        ("WHOOP_LOG_FILE", "./log"),
        ("WHOOP_MAX_AGE", "ten"),
        ("WHOOP_MAX_AGE", "nan"),
        ("WHOOP_MAX_AGE", "-1"),
        ("WHOOP_MAX_AGE", "1e14"),
        ("WHOOP_MAX_AGE", "9" * 400),
        ("WHOOP_RETENTION_DAYS", "9" * 10),
        ("WHOOP_MAX_RESPONSE_CHARS", "1.5"),
        ("WHOOP_MAX_RESPONSE_CHARS", "٣"),
        ("WHOOP_RETENTION_DAYS", "0"),
        ("WHOOP_LOG_LEVEL", "LOUD"),
        ("WHOOP_LOG_JSON", "perhaps"),
        ("WHOOP_REDIRECT_URI", "localhost:8000"),
        ("WHOOP_REDIRECT_URI", "http://localhost:8000/call back"),
        ("WHOOP_REDIRECT_URI", "http://localhost:99999/callback"),
        ("WHOOP_REDIRECT_URI", "http://localhost:0/callback"),
        ("WHOOP_REDIRECT_URI", "http://[::1/callback"),
        ("WHOOP_BASE_URL", "http://api.example"),
        ("WHOOP_BASE_URL", "https://a..b"),
        ("WHOOP_BASE_URL", "https://me%3Ahush%40api.example"),
        ("WHOOP_BASE_URL", "https://"),
    ],
)
def test_bad_values_are_refused(name: str, value: str) -> None:
    """A bad value is refused: variable and valid value are named, the value is not repeated."""
    with pytest.raises(ValidationError) as caught:
        Settings.read({name: value})
    problem = caught.value
    assert name in f"{problem.message} {problem.hint}"
    assert value not in problem.message
    assert problem.hint


def test_reading_is_cheap_and_leaves_no_trace(tmp_path: Path) -> None:
    """Settings are read without the HTTP library, and make nothing on disk."""
    program = (
        "import sys; from whoop_mcp.settings import Settings; "
        f"Settings.read({{'WHOOP_HOME': {str(tmp_path / 'home')!r}}}); "
        "assert not {'requests', 'cryptography'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
    assert not (tmp_path / "home").exists()
