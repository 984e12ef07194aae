"""What-if: days of the log lived again under another roster, other queues, hours or rules."""
