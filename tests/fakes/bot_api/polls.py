"""Polls: what `sendPoll` takes and refuses, and a person's answer.

https://core.telegram.org/bots/api#sendpoll (Bot API 10.1): a question of 1–300 characters, 1–12 options of 1–100, in a
quiz an explanation of 0–200 after its entities are parsed, with at most two line feeds. The bot hears of answers to
polls that it sent itself and that are not anonymous.
"""

from __future__ import annotations

import time
from typing import Any

from tests.fakes.bot_api.checks import ApiError, formatted, required
from tests.fakes.bot_api.inputs import Inputs
from tests.fakes.bot_api.methods import Methods, public
from tests.fakes.bot_api.state import user

QUESTION, OPTION, EXPLANATION, LINE_FEEDS = 300, 100, 200, 2
OPTIONS = range(1, 13)


class Polls(Inputs, Methods):
    def _do_sendPoll(self, params: dict[str, Any]) -> Any:
        required(params, "chat_id", "question", "options")
        question, _ = formatted({**params, "parse_mode": ""}, "question", 4096)
        options = [option if isinstance(option, str) else option["text"] for option in params["options"]]
        if len(question) > QUESTION:
            raise ApiError(400, "Bad Request: poll question length must not exceed 300")
        if len(options) not in OPTIONS:
            raise ApiError(400, "Bad Request: poll must have 1-12 options")
        if any(not 1 <= len(option.strip()) <= OPTION for option in options):
            raise ApiError(400, "Bad Request: poll options length must not exceed 100")
        if len(set(options)) != len(options):
            raise ApiError(400, "Bad Request: poll options must be different")
        quiz = params.get("type") == "quiz"
        correct = self._correct(params, len(options)) if quiz else []
        mode = params.get("explanation_parse_mode", "")
        why, _ = formatted({**params, "parse_mode": mode}, "explanation", 4096, empty_ok=True)
        if len(why) > EXPLANATION or why.count("\n") > LINE_FEEDS:
            raise ApiError(400, "Bad Request: message is too long")
        anonymous = str(params.get("is_anonymous", "true")).lower() == "true"
        number = f"poll{len(self.polls) + 1}"
        poll = {
            "id": number,
            "question": question,
            "options": [
                {"persistent_id": f"{number}-{place}", "text": option, "voter_count": 0}
                for place, option in enumerate(options)
            ],
            "total_voter_count": 0,
            "is_closed": False,
            "is_anonymous": anonymous,
            "type": "quiz" if quiz else "regular",
            "allows_multiple_answers": False,
            "allows_revoting": False,
            "members_only": False,
        }
        if quiz:
            poll |= {"correct_option_ids": correct, "explanation": why}
        message = self._send(params, {"poll": poll})
        self.polls[number] = poll
        return public(message)

    @staticmethod
    def _correct(params: dict[str, Any], options: int) -> list[int]:
        given = params.get("correct_option_ids") or []
        if not given or any(not 0 <= int(number) < options for number in given):
            raise ApiError(400, "Bad Request: wrong correct option ID specified")
        return [int(number) for number in given]

    def answer_poll(self, user_id: int, option: int, poll_id: str | None = None) -> dict[str, Any]:
        """A person chooses an option of a poll (the last one unless told); the bot hears of it if it may."""
        poll = self.polls[poll_id or next(reversed(self.polls))]
        poll["options"][option]["voter_count"] += 1
        poll["total_voter_count"] += 1
        answer = {
            "poll_id": poll["id"],
            "user": user(user_id),
            "option_ids": [option],
            "option_persistent_ids": [poll["options"][option]["persistent_id"]],
            "date": int(time.time()),
        }
        return answer if poll["is_anonymous"] else self.inject("poll_answer", answer)
