"""WeChat in a pytest fixture, and wxcheck's rules as pytest items."""

from .platform import Outcome, Platform, WxcheckError

__all__ = ["Outcome", "Platform", "WxcheckError"]
