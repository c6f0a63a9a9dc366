"""Every setting of Konspekt, read once from the environment and `.env`. Nothing else reads the environment."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from konspekt.app.language import language_setting, locale_language
from konspekt.app.messages import say
from konspekt.bilingual import Bilingual, Language, joined
from konspekt.bot import limits

LAST_PORT = 65535
AUTO, CHAT = "auto", "chat"  # TRANSLATION_MODEL: the model that writes translates too
OFF = "off"  # WEB_LISTEN without a page
QUOTES_ONLY = "none"  # LOCAL_MODEL without a model
LONGEST_ID = 16  # digits; Telegram's ids have at most 52 bits

Names = Annotated[tuple[str, ...], NoDecode]  # written as a comma-separated list, not as JSON


class SettingsError(Exception):
    """Some settings are wrong; the message names each, says what is wrong, and shows no value that may be secret."""

    def __init__(self, problems: Sequence[Bilingual]) -> None:
        super().__init__(say("settings_cure", problems=joined("; ", problems)))
        self.problems = tuple(problems)


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore", env_ignore_empty=True)

    def __init__(self, **values: Any) -> None:
        """Raises SettingsError."""
        try:
            super().__init__(**values)
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False)
            raise SettingsError([_problem(problem) for problem in found]) from None
        except (UnicodeDecodeError, OSError) as error:
            reason = say("not_utf8") if isinstance(error, UnicodeDecodeError) else error
            raise SettingsError([say("env_unreadable", reason=reason)]) from None

    # where everything lives
    konspekt_home: Path = Field(Path("data"), description="Folder of all state: database, index, models, logs")
    database_url: str | None = Field(None, description="PostgreSQL or SQLite URL; empty: SQLite in KONSPEKT_HOME")
    vector_store: str = Field(
        "faiss",
        description="Where vectors are searched: faiss; pgvector: in the PostgreSQL of DATABASE_URL; "
        "milvus://host:port, or milvus:///path/to/file.db for Milvus Lite",
    )
    models_dir: Path | None = Field(None, description="Folder of downloaded models; empty: KONSPEKT_HOME/models")

    # what is indexed
    sources: Names = Field((), description="Paths and t.me/s links that `konspekt reindex` reads when given none")
    exclude: Names = Field((), description="Posts with one of these words are never found, as marked adverts are not")
    channel_usernames: Names = Field((), description="`Name or id=username` pairs, so that exports get public links")
    video_urls: Names = Field(
        (), description="`subtitle file=video URL` pairs, so that lecture links jump to the second"
    )
    embedding_model: str = Field(
        "multilingual-e5-small", description="The embedded default, or any sentence-transformers name"
    )
    reranker_model: str | None = Field(None, description="A sentence-transformers CrossEncoder; empty: no reranking")

    # who writes the answer
    openai_api_key: SecretStr | None = Field(
        None, description="Key of an OpenAI-compatible endpoint; of several: by position, or one for all"
    )
    openai_base_url: str | None = Field(
        None, description="Its address, or several, `http://a/v1,http://b/v1`; empty with a key: api.openai.com"
    )
    openai_model: str | None = Field(
        None,
        validate_default=True,
        description="Its model; of several: by position, or one for all; empty: the first one that each lists",
    )
    local_model: str = Field(
        "auto",
        description="Model that `konspekt run` serves itself; auto: the best that fits this machine, see `konspekt "
        "models recommend`; `none`: quotes only",
    )
    local_port: int = Field(0, ge=0, le=LAST_PORT, description="Port of the embedded model server; 0: any free one")
    local_device: Literal["cpu", "cuda", "auto"] = Field(
        "cpu", description="Where it computes; auto: a GPU if Triton can use one"
    )
    local_sleep_minutes: float = Field(
        0.0,
        ge=0,
        description="Minutes without a question after which it gives its memory back; the next answer waits until it "
        "is read again. 0: never",
    )
    judge_base_url: str | None = Field(
        None, description="Address of a `konspekt serve` whose model judges too; empty: the local server where one runs"
    )
    judge_api_key: SecretStr | None = Field(None, description="Key of that server")
    judge_timeout: float = Field(
        8.0, gt=0, description="Seconds that its judgement may take; then it is decided without, for a minute"
    )
    threads: int | None = Field(None, ge=1, description="Threads of the embedded model; empty: the machine's cores")
    llm_timeout: float = Field(
        120.0, gt=0, description="Seconds without a token after which the answer falls back to quotes"
    )
    llm_context_tokens: int = Field(
        1000, ge=1, description="Budget of passages in a prompt; on a CPU every token is waiting time"
    )
    llm_copies: bool = Field(
        False,
        description="true for a small model: answers are the posts' own sentences, and it helps to tell what has no "
        "answer; for the model that `konspekt run` serves, `konspekt models check` decides",
    )
    llm_points: bool = Field(
        False,
        description="true: a small model (LLM_COPIES) also adds up to three sentences that it points at; readers found "
        "the answers no better, and they come some seconds later",
    )
    llm_max_tokens: int = Field(400, ge=1, description="Longest answer in tokens")

    # Telegram
    telegram_bot_token: SecretStr | None = Field(None, description="From @BotFather; empty: chat in the terminal")
    telegram_api_url: str = Field("https://api.telegram.org", description="Bot API server")
    admin_ids: Names = Field((), description="User ids, comma-separated, of those who may /reindex, /stats, /convert")
    webhook_url: str | None = Field(None, description="Public https address; empty: long polling")
    webhook_secret: SecretStr | None = Field(None, description="Secret token of the webhook")
    webhook_listen: str = Field("127.0.0.1:8080", description="Address and port that the webhook listens on")
    questions_per_minute: int = Field(
        limits.QUESTIONS_PER_MINUTE, ge=0, description="Questions a user may ask in a minute"
    )
    question_max_chars: int = Field(limits.QUESTION_MAX_CHARS, ge=1, description="Longest question")
    concurrent_answers: int = Field(limits.CONCURRENT_ANSWERS, ge=1, description="Answers written at once for one user")
    memory_turns: int = Field(limits.MEMORY_TURNS, ge=0, description="Turns of a chat that the bot remembers")
    speech_model: str = Field(
        "whisper-base",
        description="Understands voice messages once it is fetched, `konspekt models fetch whisper-base`; also "
        "whisper-small, whisper-medium, whisper-large-v3 or org/repo of a Whisper for CTranslate2; `none`: voice is "
        "not understood",
    )
    voice_seconds: int = Field(limits.VOICE_SECONDS, ge=1, description="Longest voice message that is listened to")
    memory_days: int = Field(
        730, ge=0, description="Days after which talks with readers are erased; 0: when they ask for it"
    )
    group_answers: Literal["everyone", "asker"] = Field(
        "everyone",
        description="Who sees an answer in a group: everyone, or the asker alone (where the Bot API server can do "
        "that)",
    )
    direct_messages: Literal["draft", "answer", "off"] = Field(
        "draft",
        description="Readers' messages to the channel itself: draft: the bot shows you a reply, which you send; "
        "answer: it answers by itself what the material answers; off",
    )
    rich_answers: Literal["auto", "always", "never"] = Field(
        "auto",
        description="Answers as rich messages where Telegram has them; auto: those with formulas, tables or long code",
    )
    suggest_to: str | None = Field(
        None,
        description="Where a Telegram draft may be suggested for approval: `chat:topic` of the direct messages of "
        "another channel of yours",
    )
    auto_convert: Names = Field((), description="New posts become drafts for the admins: `x,linkedin:en`")

    # the page
    web_listen: str = Field(
        "127.0.0.1:8700", description="Address and port of the page; off: no page. Beyond this machine it needs a login"
    )
    web_url: str | None = Field(None, description="Public https address of the page, which a proxy leads to WEB_LISTEN")
    web_secret: SecretStr | None = Field(
        None, description="Password of the page for who has no Telegram, at least 16 characters; signs sessions"
    )
    widget_origins: Names = Field(
        (), description="Sites that may show the widget: `https://site.example`; empty: there is none"
    )

    # the arena
    arena_base_url: str | None = Field(
        None, description="Address of a second model's endpoint, to compare with; empty: OPENAI_BASE_URL"
    )
    arena_api_key: SecretStr | None = Field(None, description="Key of ARENA_BASE_URL")
    arena_model: str | None = Field(
        None,
        validate_default=True,
        description="That second model; empty: the first one that ARENA_BASE_URL lists; without both there is none",
    )
    arena_readers: bool = Field(
        False, description="true: readers may compare answers on the page too, not admins alone"
    )

    # conversion
    glossary: Names = Field((), description="Terms that stay untranslated")
    translation_model: str = Field(
        AUTO,
        description="What translates drafts: auto: what `konspekt models check` found best of the model that writes "
        "and those in MODELS_DIR that only translate; chat: the model that writes; else a model that only translates "
        "(OPUS-MT, NLLB, M2M100, MADLAD), a folder or org/repo, saved as safetensors or for CTranslate2; {pair} in it "
        "stands for ru-en or en-ru",
    )
    draft_writing: Literal["auto", "free", "strict"] = Field(
        "auto",
        description="free: the model words drafts in the manner of each network, checked against the post; strict: it "
        "only translates and chooses among the post's sentences; auto: strict for small models (LLM_COPIES, under 7B "
        "by name)",
    )

    # operation
    metrics_listen: str | None = Field(
        None, description="Address and port of /metrics and /health, e.g. 127.0.0.1:9100"
    )
    traces: Literal["off", "on", "texts"] = Field(
        "off",
        description="Traces of questions by OpenTelemetry (extra `konspekt[otel]`), sent as its own OTEL_… variables "
        "say; on: without readers' words; texts: with them",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least important log lines: debug, info, warning or error"
    )
    log_format: Literal["auto", "text", "json"] = Field(
        "auto", description="text, json; auto: text on a terminal, JSON elsewhere"
    )
    language: Literal["auto", "ru", "en"] = Field(
        "auto", description="Language of the command's messages: ru, en; auto: the system's"
    )

    @field_validator(
        "sources",
        "exclude",
        "channel_usernames",
        "video_urls",
        "admin_ids",
        "auto_convert",
        "glossary",
        "widget_origins",
        mode="before",
    )
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value

    @field_validator("admin_ids")
    @classmethod
    def _numeric(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for place, part in enumerate(value, 1):
            if not (part.isascii() and part.isdigit() and len(part) <= LONGEST_ID):
                raise ValueError(say("bad_user_id", place=place))
        return value

    @field_validator("vector_store")
    @classmethod
    def _known_store(cls, value: str) -> str:
        from konspekt.storage.errors import VectorStoreSettingError
        from konspekt.storage.vectors.choosing import checked_setting

        try:
            return checked_setting(value)
        except VectorStoreSettingError as error:
            raise ValueError(error.args[0]) from None

    @field_validator("openai_model", "arena_model")
    @classmethod
    def _as_many_as_addresses(cls, value: str | None, info: ValidationInfo) -> str | None:
        """Checks the lines of an endpoint once its address, key and model are all known."""
        family, known = str(info.field_name).removesuffix("_model"), info.data
        if not known.get(f"{family}_base_url"):  # the arena's second model may be another one of the same endpoint
            family = "openai"
        given = known.get(f"{family}_base_url"), known.get(f"{family}_api_key")
        key = given[1].get_secret_value() if given[1] is not None else None
        if "," not in f"{given[0]}{key}{value}":
            return value
        from konspekt.llm_client import MismatchedList, listed

        try:
            listed(given[0], key, value)
        except MismatchedList as error:
            what = "mismatched_keys" if error.name == "keys" else "mismatched_models"
            raise ValueError(say(what, given=error.given, addresses=error.addresses)) from None
        return value

    @field_validator("suggest_to")
    @classmethod
    def _chat_and_topic(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"-\d{1,19}:\d{1,19}", value):
            raise ValueError(say("bad_suggest_to"))
        return value

    @field_validator("widget_origins")
    @classmethod
    def _sites(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        from konspekt.web.widget.origins import origin_of

        sites = [origin_of(site) for site in value]
        if None in sites:
            raise ValueError(say("bad_site", place=sites.index(None) + 1))
        return tuple(site for site in sites if site is not None)

    @field_validator("webhook_listen", "metrics_listen", "web_listen")
    @classmethod
    def _address(cls, value: str | None, info: ValidationInfo) -> str | None:
        if info.field_name == "web_listen" and value is not None and value.lower() == OFF:
            return OFF
        port = value.rpartition(":")[2] if value else "0"
        if ":" not in (value or ":") or not port.isdecimal() or int(port) > LAST_PORT:
            raise ValueError(say("bad_address"))
        return value

    @field_validator("language", mode="before")
    @classmethod
    def _language(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        if (found := language_setting(value)) is None:
            raise ValueError(say("bad_language"))
        return found

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite:///{self.konspekt_home.resolve() / 'konspekt.db'}"

    @property
    def index_dir(self) -> Path:
        return self.konspekt_home / "index"

    @property
    def models(self) -> Path:
        return self.models_dir or self.konspekt_home / "models"

    @property
    def spoken(self) -> Language:
        """The language of the command's messages."""
        return locale_language() if self.language == "auto" else self.language

    @property
    def secrets(self) -> list[str]:
        """What must not be seen in any log."""
        given = [value for name in type(self).model_fields if isinstance(value := getattr(self, name), SecretStr)]
        whole = [one.get_secret_value() for one in given]
        return [*whole, *(part.strip() for one in whole if "," in one for part in one.split(",") if part.strip())]

    @property
    def suggested_to(self) -> tuple[int, int] | None:
        """Chat and topic."""
        if self.suggest_to is None:
            return None
        chat, _, topic = self.suggest_to.partition(":")
        return int(chat), int(topic)

    @property
    def admins(self) -> frozenset[int]:
        return frozenset(int(part) for part in self.admin_ids)


# pydantic's kinds of error that a setting can cause, and what is said about each; its own texts are English only
EXPECTED = {
    "float_parsing": "expected_number",
    "int_parsing": "expected_whole",
    "int_from_float": "expected_whole",
    "literal_error": "expected_one_of",
    "greater_than_equal": "expected_at_least",
    "less_than_equal": "expected_at_most",
    "greater_than": "expected_more",
}


def _problem(error: ErrorDetails) -> Bilingual:
    """`SETTING: what is wrong`, without the value, which may be a secret."""
    name = ".".join(str(part) for part in error["loc"]).upper()
    context = error.get("ctx", {})
    key = EXPECTED.get(error["type"])
    if key is not None:
        shown = {name: str(value).replace(" or ", ", ") for name, value in context.items()}
        what: object = say(key, **shown)
    else:
        what = context.get("error", error["msg"])
    return joined(": ", (name, what))
