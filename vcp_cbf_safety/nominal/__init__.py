"""What may change the nominal command before the program sees it."""
