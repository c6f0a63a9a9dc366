"""Speech to text. `listener.Listener` keeps a process that runs a Whisper model and hands it recordings."""
