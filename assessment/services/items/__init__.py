"""An organisation's own items, the forms and keys made with them, and the files that items show."""
