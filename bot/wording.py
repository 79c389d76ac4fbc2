"""The words of the safety policy: kept with its sign-off, and shown as signed until the next one."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.ext.asyncio import AsyncSession

from bot.texts import Catalogue
from screening import sign_off
from screening.policy import Policy


def signed_wording(policy: Policy, catalogue: Catalogue) -> dict[str, dict[str, str]]:
    """Language -> key -> text of every key that the policy needs; plural forms after an empty line."""
    return {
        language: {
            key: "\n\n".join(catalogue.forms(key, language))
            for key in sorted(policy.required_keys)
            if catalogue.has(key)
        }
        for language in catalogue.languages
    }


async def in_force(session: AsyncSession, catalogue: Catalogue) -> Mapping[str, Mapping[str, str]]:
    """Language -> key -> text as last signed; empty before the first sign-off."""
    return {language: await sign_off.words_in_force(session, language) for language in catalogue.languages}
