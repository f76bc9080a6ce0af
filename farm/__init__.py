"""The words every part of ReelFarm shares: media, ladders, plans, states, errors, settings."""
