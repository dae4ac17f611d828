"""Find what became of AliExpress refunds on card statements, and why they are short."""
