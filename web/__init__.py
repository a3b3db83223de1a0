"""What people see: the Flask application. Everything that is true without it is in `engine`."""
