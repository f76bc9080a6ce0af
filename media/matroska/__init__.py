"""What Matroska and WebM say of tracks, chapters and text, where FFmpeg tells less (RFC 9559)."""
