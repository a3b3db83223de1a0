"""An instance under another version of its definition: its tokens renamed with all they carry, or why not."""
