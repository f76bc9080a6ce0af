"""From rows to pictures: geometry and scales as plain numbers; pure."""
