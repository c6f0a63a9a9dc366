"""A draft without a model: what the command, the bot and the API write by rule alone."""

from __future__ import annotations

from dataclasses import replace

from konspekt.conversion.by_rule.convert import convert
from konspekt.conversion.document import Post
from konspekt.conversion.draft import Draft
from konspekt.conversion.finishing import finished
from konspekt.conversion.messages import say
from konspekt.conversion.network import Network, Options
from konspekt.conversion.slides.cards import with_cards


def draft_by_rule(
    post: Post, network: Network, lang: str, *, speak: str, options: Options | None = None, needs_model: bool = False
) -> Draft:
    """`lang` that is not the post's, and `needs_model`, are wishes that no rule fulfils: the draft says so."""
    draft = convert(post, network, options, speak=speak)
    draft = with_cards(draft, post, network, speak)
    draft = finished(post, draft, network, lang, speak=speak)
    if lang == post.lang and not needs_model:
        return draft
    return replace(draft, warnings=(say(speak, "no_model", lang=post.lang), *draft.warnings))
