"""What people see: the Flask application, `web.application.create_app`. Everything that is true without it is in `engine`."""
