"""A draft without a model, as the command, the bot and the API write it: the post in the manner of its network, made of
the author's own sentences."""

from __future__ import annotations

from dataclasses import dataclass, replace

from konspekt.conversion.by_rule.convert import convert, dead_labels_told, fit_media
from konspekt.conversion.by_rule.labels import without_dead_labels, without_dead_pointers
from konspekt.conversion.document import Blocks, Code, Post, all_runs, post_text
from konspekt.conversion.draft import Card, Draft, Dropped
from konspekt.conversion.finishing import finished
from konspekt.conversion.learnt.applying import learnt, own_lines
from konspekt.conversion.learnt.lessons import Lesson
from konspekt.conversion.manner.article import as_article
from konspekt.conversion.manner.caption import captioned
from konspekt.conversion.manner.links import listed_labels
from konspekt.conversion.manner.opening import title_apart, with_hook
from konspekt.conversion.manner.pictures import pictured, placed
from konspekt.conversion.manner.story import told
from konspekt.conversion.manner.tags import habitual_tags
from konspekt.conversion.messages import say
from konspekt.conversion.network import Network, Options
from konspekt.conversion.slides.cards import with_cards
from konspekt.conversion.wishes import Length
from konspekt.conversion.writing.bullets import bulleted, spoken
from konspekt.conversion.writing.tex import without_tex


def draft_by_rule(
    post: Post,
    network: Network,
    lang: str | None = None,
    *,
    speak: str = "en",
    options: Options | None = None,
    length: Length | None = None,
    needs_model: bool = False,
) -> Draft:
    """The draft, in the post's own language. `length` overrides the habit of the network: `full` leaves the order of
    the post alone. `lang` that is not the post's, and `needs_model`, are wishes that no rule fulfils: the draft says
    so, and in another language than asked it is not finished."""
    habit = length or network.habit
    options = replace(options or Options(), lang=post.lang)
    draft = drafted(post, network, options, habit=habit, speak=speak)
    draft = finished(
        compared_with(post, network, options), draft, network, lang or post.lang, whole=habit != "short", speak=speak
    )
    if lang in (None, post.lang) and not needs_model:
        return draft
    return replace(draft, warnings=(say(speak, "no_model", lang=post.lang), *draft.warnings))


def drafted(
    post: Post, network: Network, options: Options, *, habit: Length, speak: str, whole: Post | None = None
) -> Draft:
    """The draft with its pictures. `whole` is what the slides of a carousel are made of: the post before a model made
    it shorter."""
    tidied = _tidied(post, network, speak)
    arranged, notes = in_manner(tidied.post, network, habit, speak)
    arranged, used = learnt(arranged, lessons_for(options, network))
    notes += tuple(say(speak, "learnt", value=lesson.shown) for lesson in used)
    ready = _shown(arranged, network)
    draft = convert(ready.post, network, options, speak=speak)
    warnings = tuple(dict.fromkeys((*tidied.warnings, *notes, *draft.warnings)))
    draft = replace(draft, warnings=warnings, dropped=(*tidied.dropped, *draft.dropped))
    if ready.cards:
        return placed(draft, ready.cards, network)
    told = whole or post
    return with_cards(draft, replace(told, blocks=habitual_tags(told.blocks, 0)[0]), network, speak)


def compared_with(post: Post, network: Network, options: Options) -> Post:
    """The post that a finished draft is compared with: lines that its author always adds belong to it, and its formulas
    are written as the network shows them."""
    said = own_lines(post, lessons_for(options, network))
    return said if network.shows_formulas else replace(said, blocks=without_tex(said.blocks))


def lessons_for(options: Options, network: Network) -> tuple[Lesson, ...]:
    """What the author changed in earlier drafts that holds for this one."""
    return tuple(lesson for lesson in options.lessons if lesson.holds(options.lang, network.name))


def in_manner(post: Post, network: Network, habit: Length, speak: str) -> tuple[Post, tuple[str, ...]]:
    """The post with its sentences arranged as they are on that network, and what to tell its author."""
    blocks = post.blocks
    notes: tuple[str, ...] = ()
    if habit == "short":
        blocks, count = captioned(title_apart(blocks), post.title)
        if count:
            notes = (say(speak, "caption" if network.slides else "chosen", count=count, network=network.title),)
    elif habit == "medium":
        if network.likes_stories or not network.fits(post_text(blocks)):
            blocks = with_hook(title_apart(blocks))
        if network.likes_stories:
            blocks = told(blocks)
    if network.article and habit != "short":
        blocks = as_article(blocks)
    return (post if blocks == post.blocks else replace(post, blocks=blocks)), notes


@dataclass(frozen=True, slots=True)
class _Tidied:
    """A post without what says nothing on its network, and what its author is told of that."""

    post: Post
    warnings: tuple[str, ...] = ()
    dropped: tuple[Dropped, ...] = ()


def _tidied(post: Post, network: Network, speak: str) -> _Tidied:
    clickable = network.links != "not clickable"
    blocks, dead = without_dead_labels(without_dead_pointers(post.blocks, keep_links=clickable))
    blocks, left = habitual_tags(blocks, network.tags_kept)
    dropped = tuple(dead_labels_told(dead, speak))
    notes = [item.reason for item in dropped]
    if left and network.article:
        notes.append(say(speak, "tags_apart", network=network.title, value=" ".join(left)))
    hashtags = tuple(run.text.lstrip("#") for run in all_runs(post.blocks) if run.kind == "hashtag")
    return _Tidied(replace(post, blocks=blocks, tags=post.tags or hashtags), tuple(notes), dropped)


@dataclass(frozen=True, slots=True)
class _Shown:
    """A post as its network shows it, and the pictures that stand in for some of it."""

    post: Post
    cards: tuple[Card, ...] = ()


def _shown(post: Post, network: Network) -> _Shown:
    blocks: Blocks = post.blocks
    if not network.facets:
        blocks = listed_labels(blocks, as_list=network.markdown)
    if not network.markdown:
        blocks = tuple(bulleted(block) for block in blocks)
    else:
        blocks = tuple(spoken(block) for block in blocks)
    if network.slides:
        blocks = tuple(block for block in blocks if not isinstance(block, Code)) or blocks
        return _Shown(replace(post, blocks=without_tex(blocks)))
    parts = 8 if network.overflow == "thread" else 1  # each part of a thread takes pictures of its own
    room = (network.media_limit or 0) * parts - len(fit_media(post, network))
    blocks, cards = pictured(blocks, network, post.lang, max(room, 0))
    if not network.shows_formulas:
        blocks = without_tex(blocks)
    return _Shown(replace(post, blocks=blocks), cards)
