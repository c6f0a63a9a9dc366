"""Who is at the other end, and what they may do: sessions, logins, forged requests, how often."""
