"""The one client for other people's URLs, which goes to public addresses only."""
