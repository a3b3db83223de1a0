"""Examples of running chidao: a compose file with its image, and systemd units. `chidao configuration --examples DIR` copies them."""
