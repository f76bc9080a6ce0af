"""FFmpeg commands and their output: one module for each thing FFmpeg is asked to do."""
