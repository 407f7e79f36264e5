"""Ask Windows what Python does not: of consoles, pipes, processes, and names that are no files.

On other systems every answer is the harmless one.
"""

from __future__ import annotations

import errno
import os
import re
import sys
from typing import TextIO

HERE = sys.platform == "win32"

if sys.platform == "win32":
    import ctypes
    import msvcrt
    from ctypes import wintypes

    class _Event(ctypes.Structure):
        """One INPUT_RECORD, which is a key's where `kind` says so."""

        _fields_ = (
            ("kind", wintypes.WORD),
            ("down", wintypes.BOOL),
            ("repeated", wintypes.WORD),
            ("key", wintypes.WORD),
            ("scan", wintypes.WORD),
            ("letter", wintypes.WCHAR),
            ("state", wintypes.DWORD),
        )

        def is_letter(self) -> bool:
            return bool(self.kind == _KEY_EVENT and self.down and self.letter != "\0")

    # One of our own: what others declare on `ctypes.windll` is theirs.
    _kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    _kernel.GetConsoleMode.argtypes = [wintypes.HANDLE, wintypes.LPDWORD]
    _kernel.SetConsoleMode.argtypes = [wintypes.HANDLE, wintypes.DWORD]
    _kernel.GetFileType.argtypes = [wintypes.HANDLE]
    _kernel.PeekNamedPipe.argtypes = [
        wintypes.HANDLE,
        wintypes.LPVOID,
        wintypes.DWORD,
        wintypes.LPDWORD,
        wintypes.LPDWORD,
        wintypes.LPDWORD,
    ]
    for _act in (_kernel.PeekConsoleInputW, _kernel.WriteConsoleInputW):
        _act.argtypes = [
            wintypes.HANDLE,
            ctypes.POINTER(_Event),
            wintypes.DWORD,
            wintypes.LPDWORD,
        ]
    _kernel.CreateFileW.argtypes = [
        wintypes.LPCWSTR,
        wintypes.DWORD,
        wintypes.DWORD,
        wintypes.LPVOID,
        wintypes.DWORD,
        wintypes.DWORD,
        wintypes.HANDLE,
    ]
    _kernel.CreateFileW.restype = wintypes.HANDLE
    _kernel.OpenProcess.argtypes = [wintypes.DWORD, wintypes.BOOL, wintypes.DWORD]
    _kernel.OpenProcess.restype = wintypes.HANDLE
    _kernel.GetProcessTimes.argtypes = [wintypes.HANDLE, *4 * [ctypes.POINTER(wintypes.FILETIME)]]
    _kernel.GetExitCodeProcess.argtypes = [wintypes.HANDLE, wintypes.LPDWORD]
    _kernel.CloseHandle.argtypes = [wintypes.HANDLE]
    _kernel.LocalFree.argtypes = [wintypes.LPVOID]
    _security = ctypes.WinDLL("advapi32", use_last_error=True)
    _security.ConvertStringSecurityDescriptorToSecurityDescriptorW.argtypes = [
        wintypes.LPCWSTR,
        wintypes.DWORD,
        ctypes.POINTER(wintypes.LPVOID),
        wintypes.LPVOID,
    ]
    _security.SetFileSecurityW.argtypes = [wintypes.LPCWSTR, wintypes.DWORD, wintypes.LPVOID]

    _INVALID = wintypes.HANDLE(-1).value

_ESCAPES = 0x4  # ENABLE_VIRTUAL_TERMINAL_PROCESSING
_PIPE = 3
_KEY_EVENT, _ENTER = 1, 13
_MOST_EVENTS = 128
_OWNERS = "D:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;FA;;;OW)"
_DACL = 4  # DACL_SECURITY_INFORMATION
_QUERY = 0x1000  # PROCESS_QUERY_LIMITED_INFORMATION
_DENIED, _STILL_ACTIVE = 5, 259
_APPEND, _READ = 0x4, 0x80000000  # FILE_APPEND_DATA, GENERIC_READ
_SHARE_ALL, _OPEN_ALWAYS, _USUAL, _ITSELF = 7, 4, 0x80, 0x200000  # the last: no link is followed

# ── streams ──


def is_console(stream: TextIO) -> bool:
    """Tell whether a stream that calls itself a terminal is one; there NUL does so, too."""
    if sys.platform == "win32":
        return _mode(stream) is not None
    return True


def takes_escapes(stream: TextIO) -> bool:
    """Tell whether a terminal obeys escape signs, after telling it to."""
    if sys.platform == "win32":
        mode = _mode(stream)
        if mode is None:
            return False
        return bool(mode & _ESCAPES or _kernel.SetConsoleMode(_handle(stream), mode | _ESCAPES))
    return True


def is_ready(stream: TextIO) -> bool:
    """Tell whether a line, or the end, may be read from a console or pipe without a long wait."""
    if sys.platform == "win32":
        if is_console(stream):
            events, found = (_Event * _MOST_EVENTS)(), wintypes.DWORD()
            if not _kernel.PeekConsoleInputW(_handle(stream), events, _MOST_EVENTS, found):
                return True  # reading it says what is wrong
            return any(one.is_letter() for one in events[: found.value])
        if _kernel.GetFileType(_handle(stream)) == _PIPE:
            held = wintypes.DWORD()
            there = _kernel.PeekNamedPipe(_handle(stream), None, 0, None, held, None)
            return not there or held.value > 0  # not there: nobody writes it any more
    return True


def press_enter(stream: TextIO) -> None:
    """End the line that somebody is typing at a console, so that its reader goes on."""
    if sys.platform == "win32":
        key = _Event(_KEY_EVENT, True, 1, _ENTER, 0, "\r", 0)
        _kernel.WriteConsoleInputW(_handle(stream), key, 1, wintypes.DWORD())


def has_left(problem: OSError) -> bool:
    """Tell whether a failed write means that nobody reads any more."""
    return isinstance(problem, BrokenPipeError) or (HERE and problem.errno == errno.EINVAL)


# ── files ──


def open_log(path: str) -> int:
    """Open a file to append to, each write whole, that may be renamed meanwhile. OSError."""
    if sys.platform == "win32":
        handle = _kernel.CreateFileW(
            path, _APPEND | _READ, _SHARE_ALL, None, _OPEN_ALWAYS, _USUAL | _ITSELF, None
        )
        if handle == _INVALID:
            raise ctypes.WinError(ctypes.get_last_error())
        return msvcrt.open_osfhandle(handle, os.O_APPEND)
    raise NotImplementedError


def make_private(folder: str) -> None:
    """Give a new folder, and what will be in it, to its owner, the system and administrators alone.

    As newer Pythons do by themselves. On a disk without rights nothing changes.
    """
    if sys.platform == "win32":
        rights = wintypes.LPVOID()
        if _security.ConvertStringSecurityDescriptorToSecurityDescriptorW(
            _OWNERS, 1, ctypes.byref(rights), None
        ):
            _security.SetFileSecurityW(folder, _DACL, rights)
            _kernel.LocalFree(rights)


# ── processes ──


def beginning(pid: int) -> tuple[bool, str | None]:
    """Find whether a process runs, and when it began; None where the system does not say."""
    if sys.platform == "win32":
        handle = _kernel.OpenProcess(_QUERY, False, pid)
        if not handle:
            return ctypes.get_last_error() == _DENIED, None  # denied: there is one, of others
        try:
            code = wintypes.DWORD()
            if _kernel.GetExitCodeProcess(handle, code) and code.value != _STILL_ACTIVE:
                return False, None
            times = [wintypes.FILETIME() for _ in range(4)]
            if not _kernel.GetProcessTimes(handle, *map(ctypes.byref, times)):
                return True, None
            return True, f"{times[0].dwHighDateTime:x}{times[0].dwLowDateTime:08x}"
        finally:
            _kernel.CloseHandle(handle)
    raise NotImplementedError


# ── names ──

_DEVICES = re.compile(
    r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9\u00b9\u00b2\u00b3])\s*(\.|$)", re.IGNORECASE
)
_REFUSED = re.compile(r'[<>"|?*]')


def trouble_with(path: str) -> str | None:
    """Say what is wrong with a path that somebody else gives; None: nothing that is known here.

    Decided by the spelling alone: merely to look another computer's name up logs in there.
    """
    plain = path.replace("/", "\\")
    if plain.startswith("\\\\"):
        return "names another computer or a device, which is never written to"
    drive, rest = (plain[:2], plain[2:]) if plain[1:2] == ":" else ("", plain)
    if ":" in rest or (drive and not drive[0].isalpha()):
        return "holds a colon, which on Windows names a part of a file"
    if found := _REFUSED.search(rest):
        return f"holds a {found[0]}, which no name on Windows may"
    for name in rest.split("\\"):
        if _DEVICES.match(name):
            return f"holds the name {name}, which is a device on Windows"
        if name.endswith((" ", ".")) and name not in (".", ".."):
            return "holds a name that ends in a space or a full stop, which Windows drops"
    return None


# ── inside ──

if sys.platform == "win32":

    def _handle(stream: TextIO) -> int:
        """Find a stream's own handle; one that is none where it has no file."""
        try:
            return msvcrt.get_osfhandle(stream.fileno())
        except (OSError, ValueError, AttributeError):
            return -1

    def _mode(stream: TextIO) -> int | None:
        """Find the mode of a console; None: it is none."""
        mode = wintypes.DWORD()
        return mode.value if _kernel.GetConsoleMode(_handle(stream), mode) else None
