"""English."""

TEXTS: dict[str, str] = {
    "start": "Hello! I answer questions about this channel: I find the posts, write a short answer and link to them. "
    "Just type a question.",
    "examples": "For example:",
    "example": "What is “{title}” about?",
    "empty_index": "Nothing has been indexed yet: please come back a little later.",
    "help": "Type a question as an ordinary message: I answer with links to the posts. Follow-ups are fine: I "
    "remember the last turns of this chat.\n\n"
    "/reset — start the conversation afresh\n"
    "/forget — erase everything I keep about you\n"
    "/ask question — ask in a group (or mention me, or reply to my message)\n\n"
    "In any chat: @{username} and a few words — I offer the posts that fit.",
    "help_admin": "\n\nFor the admin:\n"
    "/reindex — refresh the index\n/stats — how questions fared\n/sources — what is indexed\n"
    "/convert link, or in reply to a post — drafts for other networks\n/drafts — the drafts you keep",
    "sources": "Sources",
    "more": "More",
    "more_heading": "More on this",
    "no_more": "There is nothing more like it.",
    "too_long": "The question is too long: {length} {length|character|characters}, and I read up to {limit}. Please "
    "shorten it.",
    "too_fast": "Too fast for me: I answer at most {limit} {limit|question|questions} a minute. Please try again in "
    "{seconds} s.",
    "empty_question": "Type the question after the command: /ask how does RAG work?",
    "text_only": "I understand text only. Please type your question.",
    "reset": "We start afresh: I no longer look at what was said in this chat.",
    "forget_nothing": "There was nothing about you.",
    "forget": "Erased: {what}.",
    "forget_messages": "{n} {n|line of conversation|lines of conversation}",
    "forget_answers": "{n} {n|answer|answers}",
    "forget_feedback": "{n} {n|vote|votes}",
    "forget_drafts": "{n} {n|draft|drafts}",
    "forget_waiting": "{n} unanswered {n|question|questions}",
    "voted_up": "Thank you, glad it helped!",
    "voted_down": "Thank you, noted.",
    "vote_gone": "I do not have this answer any more.",
    "not_yours": "Only who asked can see more.",
    "sorry": "I could not answer because of an error on my side. Please try again a little later.",
    "not_indexed": "There is nothing to answer from: nothing is indexed yet. The admin can do it with /reindex.",
    "admins_only": "This command is for the channel's admin only.",
    "inline_nothing": "Nothing found",
    "reindex_start": "Refreshing the index…",
    "reindex_step": "Refreshing the index: {source} — {done}{total}",
    "reindex_done": "The index is fresh.\n{summary}",
    "reindex_failed": "The index was not refreshed: {reason}",
    "sources_none": "Nothing is indexed. Set SOURCES and run /reindex.",
    "sources_heading": "Indexed",
    "sources_line": "{documents} {documents|document|documents}, read {read}",
    "sources_never": "never read",
    "stats_heading": "Last {days} {days|day|days}",
    "stats_none": "No questions in the last {days} {days|day|days}.",
    "stats_questions": "Questions: {count}, asked by {users} {users|person|people}",
    "stats_refused": "Not in the material: {refused} ({refused_share}), quotes only: {extractive} ({extractive_share})",
    "stats_votes": "Votes: 👍 {up} · 👎 {down}",
    "stats_latency": "Time to answer: half within {p50} s, 90 % within {p90} s, 99 % within {p99} s",
    "stats_top": "Asked most",
    "stats_unanswered": "No answer found",
    "stats_disliked": "Disliked",
    "chart_title": "Questions a day",
    "chart_answered": "answered",
    "chart_refused": "not in the material",
    "command_ask": "Ask a question",
    "command_help": "What I can do",
    "command_reset": "Start afresh",
    "command_forget": "Erase everything about me",
    "command_reindex": "Refresh the index",
    "command_stats": "Statistics",
    "command_sources": "What is indexed",
    "command_convert": "A post into drafts for other networks",
    "command_drafts": "The drafts you keep",
}
