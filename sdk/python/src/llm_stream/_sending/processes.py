"""Whether a process lives."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any


def is_alive(process_id: int) -> bool:
    """True also when it cannot be known."""
    if sys.platform == "win32":
        return _is_alive_on_windows(process_id)
    try:
        os.kill(process_id, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True


def _is_alive_on_windows(process_id: int) -> bool:
    """There ``os.kill`` would end it."""
    ctypes: Any = importlib.import_module("ctypes")
    query_limited_information = 0x1000
    invalid_parameter = 87
    still_active = 259
    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel.OpenProcess.restype = ctypes.c_void_p
    handle = kernel.OpenProcess(query_limited_information, False, process_id)
    if not handle:
        return bool(ctypes.get_last_error() != invalid_parameter)
    code = ctypes.c_ulong()
    is_known = kernel.GetExitCodeProcess(ctypes.c_void_p(handle), ctypes.byref(code))
    kernel.CloseHandle(ctypes.c_void_p(handle))
    return not is_known or bool(code.value == still_active)
