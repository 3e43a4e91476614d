"""How personal data is shown (脱敏). Source: JR/T 0171-2020; domain.md section 1, masks."""


def mask_name(name: str) -> str:
    """张三 → 张*."""
    return name[:1] + "*" * min(max(len(name) - 1, 1), 3) if name else ""


def mask_id_number(number: str) -> str:
    """First six and last four: 110101********1234."""
    return number[:6] + "*" * (len(number) - 10) + number[-4:] if len(number) > 10 else "*" * len(number)


def mask_phone(phone: str) -> str:
    """138****5678."""
    return phone[:3] + "****" + phone[-4:] if len(phone) == 11 else "*" * len(phone)
