"""The server as a process, to play with."""

from __future__ import annotations

import argparse
import threading

from tests.fakes.bot_api import TOKEN, FakeBotApi
from tests.fakes.bot_api.server import NEWER_METHODS


def main() -> None:
    parser = argparse.ArgumentParser(description="A fake Bot API server on loopback")
    parser.add_argument("--port", type=int, default=8081)
    parser.add_argument("--token", default=TOKEN)
    parser.add_argument("--older", action="store_true", help="without the methods that came late")
    options = parser.parse_args()
    api = FakeBotApi(token=options.token, lacks=NEWER_METHODS if options.older else frozenset())
    api.start(options.port)
    print(f"TELEGRAM_API_URL={api.url} TELEGRAM_BOT_TOKEN={api.token}", flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        api.stop()


if __name__ == "__main__":
    main()
