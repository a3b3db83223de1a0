"""What the design fixes and no type checker sees: each rule is tried on a planted violation and on the whole product."""
