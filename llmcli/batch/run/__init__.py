"""A job under way: rows are sent as the rates allow, answers written down before anything is shown of them."""
