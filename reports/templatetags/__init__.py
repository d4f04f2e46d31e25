"""What templates of this app need beside the portal's own."""
