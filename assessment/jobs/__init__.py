"""Long work: orders found in the database become durable workflows that survive the death of their worker."""
