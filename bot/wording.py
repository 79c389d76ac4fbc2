"""The words of the safety policy: kept with its sign-off, and shown as signed until the next one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

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


class AsSigned:
    """The words of every signature, so that an old answer is read as it was asked."""

    def __init__(self, installed: Catalogue, signed: Sequence[tuple[datetime, Catalogue]]) -> None:
        self._installed, self._signed = installed, signed  # newest first

    @classmethod
    async def load(cls, session: AsyncSession, installed: Catalogue) -> AsSigned:
        """One catalogue a signature."""
        signed = []
        for one in (await sign_off.status(session)).history:
            words = {
                language: await sign_off.words_in_force(session, language, one.at)
                for language in installed.languages
            }
            signed.append((one.at, installed.overlay(words)))
        return cls(installed, signed)

    def at(self, moment: datetime) -> Catalogue:
        """All words as they stood then; before the first signature those that are installed."""
        return next((words for at, words in self._signed if at <= moment), self._installed)


async def in_force(session: AsyncSession, catalogue: Catalogue) -> Mapping[str, Mapping[str, str]]:
    """Language -> key -> text as last signed; empty before the first sign-off."""
    return {language: await sign_off.words_in_force(session, language) for language in catalogue.languages}
