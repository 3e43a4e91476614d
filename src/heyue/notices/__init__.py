"""What people are told (通知): in-app notices and text messages, written in the act's transaction."""

from heyue.notices.kinds import NoticeKind
from heyue.notices.tell import tell, text

__all__ = ["NoticeKind", "tell", "text"]
