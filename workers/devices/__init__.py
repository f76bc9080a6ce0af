"""The devices of this machine: found by their nodes, and tried."""
