"""What a person may ask about their data, the queue that answers it, and how a person is erased."""
