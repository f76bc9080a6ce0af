"""ISO base media files (ISO/IEC 14496-12) read: boxes, init segments, media segments."""
